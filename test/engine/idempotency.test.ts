import { expect } from "chai";
import { makeCommand } from "../../src/ledger/command.js";
import { movementFingerprint } from "../../src/ledger/fingerprint.js";
import type { SimpleMovement } from "../../src/ledger/movement.js";
import {
  claimOf,
  commandOf,
  errorOf,
  freshKey,
  movementOf,
  reasonOf,
  topUp,
  transfer,
} from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, countOf } from "../support/watch.js";

describe("an idempotency key", () => {
  const suite = useSuite({ holders: ["alice", "bob"] });
  const toBob = (amount: bigint, more: Partial<SimpleMovement> = {}) =>
    movementOf("TRANSFER", { from: "alice", to: "bob" }, amount, more);

  before(() => topUp(suite.engine, "alice", 1_000n));

  it("answers the first result again, balances of that moment included", async () => {
    const key = freshKey();
    const first = await transfer(suite.engine, { from: "alice", to: "bob" }, 10n, key);
    await transfer(suite.engine, { from: "alice", to: "bob" }, 1n);
    for (const engine of [suite.engine, suite.other]) {
      const again = await transfer(engine, { from: "alice", to: "bob" }, 10n, key);
      expect(again).to.deep.equal({ ...first, replayed: true });
    }
    expect(await balanceOfHolder(suite.watcher, "bob")).to.equal(11n);
  });

  it("answers a refusal again, with its figures, even when it could be done now", async () => {
    const key = freshKey();
    const first = await errorOf(transfer(suite.engine, { from: "alice", to: "bob" }, 5_000n, key));
    await topUp(suite.engine, "alice", 10_000n);
    const again = await errorOf(transfer(suite.other, { from: "alice", to: "bob" }, 5_000n, key));
    expect(first).to.deep.include({ reason: "INSUFFICIENT_FUNDS", replayed: false });
    expect(first.metadata).to.include({ requested_units: "5000", shortfall_units: "4011" });
    expect({ ...again }).to.deep.equal({ ...first, replayed: true });
    expect(again.message).to.equal(first.message);
  });

  it("refuses another body, and nothing moves", async () => {
    const key = freshKey();
    await transfer(suite.engine, { from: "alice", to: "bob" }, 10n, key);
    const before = await balanceOfHolder(suite.watcher, "bob");
    const error = await errorOf(transfer(suite.other, { from: "alice", to: "bob" }, 11n, key));
    expect(error.reason).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect(error.metadata).to.include({ idempotency_key: key });
    expect(await balanceOfHolder(suite.watcher, "bob")).to.equal(before);
  });

  it("belongs to its caller: another caller's equal key is another key", async () => {
    const key = freshKey();
    const before = await balanceOfHolder(suite.watcher, "bob");
    const fingerprint = movementFingerprint("wallet.v1.WalletService/Test", toBob(10n));
    const callers = ["test|service|one", "test|service|two"];
    const results = await Promise.all(
      callers.map((caller) =>
        suite.engine.poster.submit(makeCommand({ ...claimOf(key, fingerprint), caller }, toBob(10n))),
      ),
    );
    expect(results.map(({ replayed }) => replayed)).to.deep.equal([false, false]);
    expect((await balanceOfHolder(suite.watcher, "bob")) - before).to.equal(20n);
  });

  it("twice in one batch with equal bodies is done once", async () => {
    const key = freshKey();
    suite.engine.batches.length = 0;
    const before = await balanceOfHolder(suite.watcher, "bob");
    const [first, second, bystander] = await Promise.all([
      suite.engine.poster.submit(commandOf(key, toBob(10n))),
      suite.engine.poster.submit(commandOf(key, toBob(10n))),
      suite.engine.poster.submit(commandOf(freshKey(), toBob(1n))),
    ]);
    expect(suite.engine.batches).to.deep.equal([{ lane: "fast", size: 2 }]);
    expect(second).to.deep.equal({ ...first, replayed: true });
    expect(first.replayed).to.equal(false);
    expect(bystander.transaction?.id).not.to.equal(first.transaction?.id);
    expect((await balanceOfHolder(suite.watcher, "bob")) - before).to.equal(11n);
  });

  it("twice in one batch with different bodies does the first and refuses the second", async () => {
    const key = freshKey();
    suite.engine.batches.length = 0;
    const before = await balanceOfHolder(suite.watcher, "bob");
    const first = suite.engine.poster.submit(commandOf(key, toBob(10n)));
    const second = reasonOf(suite.engine.poster.submit(commandOf(key, toBob(99n))));
    expect((await first).replayed).to.equal(false);
    expect(await second).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect(suite.engine.batches).to.deep.equal([{ lane: "fast", size: 1 }]);
    expect((await balanceOfHolder(suite.watcher, "bob")) - before).to.equal(10n);
  });

  it("twice in one batch for a refusal refuses both, the second as a replay", async () => {
    const key = freshKey();
    const calls = [1, 2].map(() => errorOf(suite.engine.poster.submit(commandOf(key, toBob(1_000_000n)))));
    const [first, second] = await Promise.all(calls);
    expect(first).to.deep.include({ reason: "INSUFFICIENT_FUNDS", replayed: false });
    expect(second).to.deep.include({ reason: "INSUFFICIENT_FUNDS", replayed: true });
    expect(await countOf(suite.watcher, "from transactions where amount = 1000000")).to.equal(1);
  });

  it("is led by the second caller when the first has too little time left", async () => {
    const key = freshKey();
    const first = reasonOf(suite.engine.poster.submit(commandOf(key, toBob(10n)), Date.now()));
    const second = suite.engine.poster.submit(commandOf(key, toBob(10n)));
    expect(await first).to.equal("DEADLINE_TOO_SHORT");
    expect((await second).replayed).to.equal(false);
  });

  it("answers metadata as it was first given", async () => {
    const key = freshKey();
    const pairs = [
      ["a", "1"],
      ["b", "2"],
    ] as const;
    const first = await suite.engine.poster.submit(commandOf(key, toBob(1n, { metadata: pairs })));
    const again = await suite.other.poster.submit(commandOf(key, toBob(1n, { metadata: pairs })));
    expect(again.transaction).to.deep.equal(first.transaction);
    expect(again.transaction?.metadata).to.deep.equal({ a: "1", b: "2" });
  });
});
