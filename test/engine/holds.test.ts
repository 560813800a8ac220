import { expect } from "chai";
import { findHold } from "../../src/db/holds.js";
import { findWallet } from "../../src/db/wallets.js";
import { sweepExpired } from "../../src/engine/sweep.js";
import type { Hold } from "../../src/ledger/hold.js";
import { balanceOf, holderWalletId } from "../../src/ledger/wallet.js";
import { WalletError } from "../../src/ledger/wallet-error.js";
import { reasonOf, topUp, transfer } from "../support/engine.js";
import { authorize, capture, extend, voidHold } from "../support/holds.js";
import { useSuite } from "../support/suite.js";
import { until } from "../support/watch.js";

const weekMicros = 7n * 86_400n * 1_000_000n;

describe("holds under concurrency", () => {
  const suite = useSuite({ holders: ["alice", "bob", "carol"] });

  before(() => topUp(suite.engine, "alice", 10_000n));

  const engines = () => [suite.engine, suite.other];
  const stateOf = async ({ id }: Hold) => (await findHold(suite.engine.database.reader, id))?.state;
  const available = async (holderId: string) => {
    const wallet = await findWallet(suite.engine.database.reader, holderWalletId("gold", holderId));
    return wallet === undefined ? 0n : balanceOf(wallet).available;
  };
  /** What each call came to: the state of the hold after it, or the reason that it was refused for. */
  const outcomesOf = (calls: readonly Promise<{ hold: Hold | null }>[]) =>
    Promise.all(
      calls.map((call) =>
        call.then(
          ({ hold }) => hold?.state ?? "",
          (error: unknown) => {
            if (error instanceof WalletError) return error.reason;
            throw error;
          },
        ),
      ),
    );

  it("are resolved by one of those who capture, void and extend them at once, from two processes", async () => {
    for (let round = 0; round < 15; round++) {
      const before = await available("alice");
      const hold = await authorize(suite.engine, "alice", 10n);
      const outcomes = await outcomesOf(
        engines().flatMap((engine) => [
          capture(engine, hold),
          voidHold(engine, hold),
          extend(engine, hold, 2n * weekMicros),
          capture(engine, hold, 3n, { final: true }),
        ]),
      );
      const resolving = outcomes.filter((outcome) => outcome === "CAPTURED" || outcome === "VOIDED");
      expect(resolving).to.have.length(1);
      expect(await stateOf(hold)).to.equal(resolving[0]);
      const others = new Set<string>(outcomes.filter((outcome) => outcome !== resolving[0]));
      others.delete("ACTIVE"); // Those who extended it before.
      expect([...others]).to.deep.equal(["HOLD_RESOLVED"]);
      const after = await findHold(suite.engine.database.reader, hold.id);
      expect(await available("alice")).to.equal(before - (after?.captured ?? 0n));
    }
  });

  it("are never captured beyond their amount, however many take parts of them at once", async () => {
    const hold = await authorize(suite.engine, "alice", 10n);
    const outcomes = await outcomesOf(
      Array.from({ length: 30 }, (_, index) => capture(engines()[index % 2] ?? suite.engine, hold, 3n)),
    );
    expect(outcomes.filter((outcome) => outcome === "ACTIVE")).to.have.length(3);
    expect(outcomes.filter((outcome) => outcome === "HOLD_AMOUNT_EXCEEDED")).to.have.length(27);
    const after = await findHold(suite.engine.database.reader, hold.id);
    expect(after).to.include({ captured: 9n, state: "ACTIVE" });
    await voidHold(suite.other, hold);
  });

  it("never set aside more than there is, however many ask at once", async () => {
    await topUp(suite.engine, "bob", 100n);
    const calls = Array.from({ length: 40 }, (_, index) => {
      const engine = engines()[index % 2] ?? suite.engine;
      return index % 4 < 2
        ? authorize(engine, "bob", 9n)
        : transfer(engine, { from: "bob", to: "carol" }, 9n);
    });
    const settled = await Promise.allSettled(calls);
    expect(settled.filter(({ status }) => status === "fulfilled")).to.have.length(11);
    expect(await available("bob")).to.equal(1n);
  });

  it("that run out while they are captured, voided and swept are each resolved by one of these", async () => {
    const holds = await Promise.all(
      Array.from({ length: 60 }, (_, index) => authorize(suite.engine, "alice", 5n, 1_000n * BigInt(index))),
    );
    const calls = holds.map((hold, index) => {
      const engine = engines()[index % 2] ?? suite.engine;
      return index % 3 === 0 ? voidHold(engine, hold) : capture(engine, hold, null);
    });
    const sweeps = Promise.all(engines().map((engine) => sweepExpired(engine, 100)));
    const outcomes = await outcomesOf(calls);
    await sweeps;
    const states = await Promise.all(holds.map(stateOf));
    expect(outcomes.map((outcome) => (outcome === "HOLD_EXPIRED" ? "EXPIRED" : outcome))).to.deep.equal(
      states,
    );
    expect(states).to.include("EXPIRED");
  });

  it("that ran out are released before anything is planned, in the same batch", async () => {
    const whole = await available("alice");
    const hold = await authorize(suite.engine, "alice", whole, 1n);
    await until("the hold has run out", async () => (await stateOf(hold)) === "EXPIRED");
    const [spent, late] = await Promise.all([
      transfer(suite.other, { from: "alice", to: "carol" }, 1n),
      reasonOf(capture(suite.other, hold)),
    ]);
    expect(spent.balances[0]).to.include({ held: 0n, available: whole - 1n });
    expect(late).to.equal("HOLD_EXPIRED");
    const events = await suite.watcher.query(
      "select type, payload from outbox where aggregateid = $1 order by seq desc limit 3",
      [hold.walletId],
    );
    expect(events.rows.map(({ type }) => type)).to.deep.equal(["posting", "hold", "hold"]);
    expect(events.rows[1].payload).to.deep.equal({
      hold: {
        id: hold.id,
        state: "EXPIRED",
        captured: "0",
        released: `${whole}`,
        void_reason: "",
        expire_time: `${hold.expireTime}`,
        resolve_time: `${hold.expireTime}`,
      },
      status: "ACTIVE",
      asset: "gold",
      balance: `${whole}`,
      held: "0",
      available: `${whole}`,
    });
  });

  it("are not even looked at by a batch in whose wallets nothing is held", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin");
    await stranger.query("lock table holds in access exclusive mode");
    const { balances } = await topUp(suite.engine, "carol", 1n);
    expect(balances[1]?.held).to.equal(0n);
    await stranger.query("rollback");
  });
});
