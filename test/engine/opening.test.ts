import { expect } from "chai";
import { commandOf, errorOf, freshKey, movementOf, reasonOf, topUp, transfer } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, countOf, untilBlocked, walletOf } from "../support/watch.js";

describe("a wallet that does not exist yet", () => {
  const suite = useSuite({
    holders: ["alice", "bob", "racy", "hot", "poor", "quiet", "twice"],
    limits: { fastLockTimeoutMs: 10_000 },
  });

  before(async () => {
    await topUp(suite.engine, "alice", 100n);
    await topUp(suite.engine, "bob", 100n);
  });

  it("is opened by one of two processes that credit it at once, and credited by both", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table transactions in share row exclusive mode");
    const both = [
      transfer(suite.engine, { from: "alice", to: "racy" }, 1n),
      transfer(suite.other, { from: "bob", to: "racy" }, 2n),
    ];
    // Both have looked, found no wallet, and are about to write: one of them must run into the other's primary key.
    await untilBlocked(suite.watcher, 2, "%insert into transactions%");
    await stranger.query("rollback");
    const versions = (await Promise.all(both)).map(({ balances }) => balances[1]?.version);
    expect(versions).to.have.members([1n, 2n]);
    expect(await walletOf(suite.watcher, "racy")).to.include({ balance: 3n, version: 2n });
  });

  it("is opened once when two processes top it up at once from one treasury", async () => {
    const engines = [suite.engine, suite.other];
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) => topUp(engines[index % 2] ?? suite.engine, "hot", 1n)),
    );
    expect(results).to.have.length(40);
    expect(await walletOf(suite.watcher, "hot")).to.include({ balance: 40n, version: 40n });
  });

  it("is opened once by many credits of one batch", async () => {
    suite.engine.batches.length = 0;
    await Promise.all([1n, 2n, 3n].map((amount) => topUp(suite.engine, "twice", amount)));
    expect(suite.engine.batches).to.deep.equal([{ lane: "fast", size: 3 }]);
    expect(await walletOf(suite.watcher, "twice")).to.include({ balance: 6n, version: 3n });
  });

  it("never makes a holder: its absence is the outcome of the key", async () => {
    const key = freshKey();
    const first = await errorOf(topUp(suite.engine, "nobody", 1n, key));
    expect(first).to.deep.include({ reason: "HOLDER_NOT_FOUND", metadata: { holder_id: "nobody" } });
    expect(await countOf(suite.watcher, "from holders where id = 'nobody'")).to.equal(0);
    expect(await countOf(suite.watcher, "from wallets where holder_id = 'nobody'")).to.equal(0);
    const again = await errorOf(topUp(suite.other, "nobody", 1n, key));
    expect(again).to.deep.include({ reason: "HOLDER_NOT_FOUND", replayed: true });
  });

  it("is not opened by a refusal", async () => {
    expect(await reasonOf(transfer(suite.engine, { from: "poor", to: "quiet" }, 1n))).to.equal(
      "INSUFFICIENT_FUNDS",
    );
    expect(await walletOf(suite.watcher, "poor")).to.equal(null);
    expect(await walletOf(suite.watcher, "quiet")).to.equal(null);
  });

  it("is not opened by a command that is only validated, which answers what would be and claims nothing", async () => {
    const key = freshKey();
    const movement = movementOf("TRANSFER", { from: "alice", to: "quiet" }, 10n, { validateOnly: true });
    const before = await balanceOfHolder(suite.watcher, "alice");
    const { transaction, balances, postings } = await suite.engine.poster.submit(commandOf(key, movement));
    expect(transaction).to.include({ id: "", state: "POSTED", amount: 10n });
    expect(balances.map(({ posted }) => posted)).to.deep.equal([before - 10n, 10n]);
    expect(postings.map(({ transactionId }) => transactionId)).to.deep.equal(["", ""]);
    expect(await walletOf(suite.watcher, "quiet")).to.equal(null);
    expect(await balanceOfHolder(suite.watcher, "alice")).to.equal(before);
    expect(await countOf(suite.watcher, "from idempotency_keys where key = $1", [key])).to.equal(0);
    expect((await transfer(suite.engine, { from: "alice", to: "quiet" }, 10n, key)).replayed).to.equal(false);
  });

  it("does not let a validated command change what its batch plans after it", async () => {
    const before = await balanceOfHolder(suite.watcher, "alice");
    const all = movementOf("TRANSFER", { from: "alice", to: "bob" }, before, { validateOnly: true });
    suite.engine.batches.length = 0;
    const [validated, posted] = await Promise.all([
      suite.engine.poster.submit(commandOf(freshKey(), all)),
      transfer(suite.engine, { from: "alice", to: "bob" }, before),
    ]);
    expect(suite.engine.batches).to.deep.equal([{ lane: "fast", size: 2 }]);
    expect(validated.balances).to.deep.equal(posted.balances);
  });
});
