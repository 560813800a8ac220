import { expect } from "chai";
import {
  addressOfHolder,
  addressOfSystem,
  type CompoundMovement,
  type Leg,
} from "../../src/ledger/movement.js";
import { acts } from "../support/acts.js";
import { compoundCommand } from "../support/compound-generators.js";
import { freshKey, type TestEngine, topUp, transfer } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, countOf } from "../support/watch.js";

const people = ["ann", "ben", "cay", "dot", "eli", "fay"];

const legOf = (person: string, amount: bigint): Leg => ({
  address: addressOfHolder("gold", person),
  asset: "gold",
  amount,
  expectedVersion: null,
});
const revenue = (amount: bigint): Leg => ({
  ...legOf("", amount),
  address: addressOfSystem("gold", "REVENUE"),
});

function post(engine: TestEngine, legs: readonly Leg[], more: Partial<CompoundMovement> = {}) {
  const movement: CompoundMovement = {
    kind: "compound",
    legs,
    exchanges: [],
    description: "",
    metadata: [],
    externalReference: "",
    validateOnly: false,
    ...more,
  };
  return engine.poster.submit(compoundCommand(movement, freshKey()));
}

const reasonsOf = (outcomes: readonly PromiseSettledResult<unknown>[]): string[] =>
  outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.reason] : []));

describe("compound transactions at once", () => {
  const suite = useSuite({ holders: [...people, "gil", "hal"] });
  const engineOf = (index: number) => (index % 2 === 0 ? suite.engine : suite.other);

  it("of two processes over crossing wallets neither wait in a circle nor lose a unit", async () => {
    for (const person of people) await topUp(suite.engine, person, 100n);
    const calls = Array.from({ length: 120 }, (_, index) => {
      const [from = "", to = "", also = ""] = [0, 1, 3].map(
        (step) => people[(index * 5 + step) % people.length],
      );
      if (index % 3 === 0) return transfer(engineOf(index), { from: to, to: from }, 3n);
      return post(engineOf(index), [legOf(from, -9n), legOf(to, 4n), legOf(also, 3n), revenue(2n)]);
    });
    const outcomes = await Promise.allSettled(calls);
    expect(reasonsOf(outcomes).filter((reason) => reason !== "INSUFFICIENT_FUNDS")).to.deep.equal([]);
    const posted = await countOf(
      suite.watcher,
      "from transactions where type = 'COMPOUND' and state = 'POSTED'",
    );
    let left = 0n;
    for (const person of people) left += await balanceOfHolder(suite.watcher, person);
    expect(left).to.equal(600n - 2n * BigInt(posted));
    expect(posted).to.be.greaterThan(0);
  });

  it("with one external reference are posted once, whichever assets each of them touches", async () => {
    await topUp(suite.engine, "gil", 100n);
    await acts.createAsset(suite.engine, "tin");
    const exchange = { soldAsset: "gold", sold: 5n, boughtAsset: "tin", bought: 2n, rate: "0.4" };
    const tin = { ...legOf("gil", 2n), address: addressOfHolder("tin", "gil"), asset: "tin" };
    const calls = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0
        ? post(engineOf(index), [legOf("gil", -1n), revenue(1n)], { externalReference: "one" })
        : post(suite.other, [legOf("gil", -5n), tin], {
            exchanges: [exchange],
            externalReference: "one",
          }),
    );
    const outcomes = await Promise.allSettled(calls);
    expect(reasonsOf(outcomes)).to.deep.equal(Array(19).fill("EXTERNAL_REFERENCE_USED"));
  });

  it("count towards a daily limit together with each other, and never pass it", async () => {
    await topUp(suite.engine, "hal", 1_000n);
    await acts.setLimits(suite.engine, "hal", { dailyLimit: 100n });
    const calls = Array.from({ length: 60 }, (_, index) =>
      index % 2 === 0
        ? post(engineOf(index / 2), [legOf("hal", -10n), revenue(7n), legOf("gil", 3n)])
        : transfer(engineOf((index - 1) / 2), { from: "hal", to: "gil" }, 10n),
    );
    const outcomes = await Promise.allSettled(calls);
    expect(reasonsOf(outcomes)).to.deep.equal(Array(50).fill("LIMIT_EXCEEDED"));
    expect(await balanceOfHolder(suite.watcher, "hal")).to.equal(900n);
  });
});
