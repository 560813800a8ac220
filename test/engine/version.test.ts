import { expect } from "chai";
import {
  commandOf,
  errorOf,
  freshKey,
  movementOf,
  reasonOf,
  type TestEngine,
  topUp,
} from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, walletOf } from "../support/watch.js";

describe("an expected version", () => {
  const suite = useSuite({ holders: ["alice", "bob", "carol"] });
  const send = (engine: TestEngine, expectedVersion: bigint, key = freshKey()) =>
    engine.poster.submit(
      commandOf(key, movementOf("TRANSFER", { from: "alice", to: "bob" }, 1n, { expectedVersion })),
    );
  const aliceVersion = async () => (await walletOf(suite.watcher, "alice"))?.version ?? 0n;

  before(() => topUp(suite.engine, "alice", 100n));

  it("lets a command through when the debited wallet still has it", async () => {
    const version = await aliceVersion();
    expect((await send(suite.engine, version)).balances[0]?.version).to.equal(version + 1n);
  });

  it("that is not current is refused with the one that is, and stays refused under its key", async () => {
    const version = await aliceVersion();
    const key = freshKey();
    const error = await errorOf(send(suite.engine, version + 1n, key));
    expect(error.reason).to.equal("VERSION_MISMATCH");
    expect(error.metadata).to.include({ current_version: `${version}`, expected_version: `${version + 1n}` });
    await send(suite.engine, version);
    const again = await errorOf(send(suite.other, version + 1n, key));
    expect(again).to.deep.include({ reason: "VERSION_MISMATCH", replayed: true, metadata: error.metadata });
  });

  it("lets one of many callers through, in one batch and from two processes", async () => {
    const version = await aliceVersion();
    const before = await balanceOfHolder(suite.watcher, "bob");
    const engines = [suite.engine, suite.other];
    const calls = Array.from({ length: 40 }, (_, index) => send(engines[index % 2] ?? suite.engine, version));
    const outcomes = await Promise.allSettled(calls);
    const lost = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [outcome.reason.reason] : [],
    );
    expect(lost).to.have.length(39);
    expect(new Set(lost)).to.deep.equal(new Set(["VERSION_MISMATCH"]));
    expect((await balanceOfHolder(suite.watcher, "bob")) - before).to.equal(1n);
  });

  it("of a top-up is the credited wallet's, 0 before it is opened", async () => {
    const credit = (expectedVersion: bigint) =>
      suite.engine.poster.submit(
        commandOf(freshKey(), movementOf("TOP_UP", { to: "carol" }, 1n, { expectedVersion })),
      );
    expect(await reasonOf(credit(1n))).to.equal("VERSION_MISMATCH");
    expect((await credit(0n)).balances[1]?.version).to.equal(1n);
    expect(await reasonOf(credit(0n))).to.equal("VERSION_MISMATCH");
    expect((await credit(1n)).balances[1]?.version).to.equal(2n);
  });
});
