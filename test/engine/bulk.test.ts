import { expect } from "chai";
import type { BulkResult } from "../../src/engine/bulk.js";
import type { Command } from "../../src/ledger/command.js";
import { bulkOf } from "../support/bulk.js";
import { dumpLedger } from "../support/dump.js";
import { commandOf, errorOf, freshKey, movementOf, reasonOf, topUp, transfer } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, countOf, untilBlocked, walletOf } from "../support/watch.js";

describe("commands that stand or fall together", () => {
  const suite = useSuite({ holders: ["alice", "bob", "carol"], limits: { batchMax: 10 } });
  const give = (from: string, to: string, amount: bigint, key = freshKey(), reference = ""): Command =>
    commandOf(key, movementOf("TRANSFER", { from, to }, amount, { externalReference: reference }));
  const kinds = ({ items }: BulkResult) => items.map(({ kind }) => kind);
  const reasons = ({ items }: BulkResult) =>
    items.map((item) =>
      item.kind === "refused" ? item.error.reason : item.kind === "not_applied" ? item.reason : "",
    );
  const keysOf = (keys: readonly string[]) =>
    countOf(suite.watcher, "from idempotency_keys where key = any($1::text[])", [keys]);

  before(() => topUp(suite.engine, "alice", 1_000n));

  it("are posted in order, each on top of the ones before it, in one transaction", async () => {
    suite.engine.batches.length = 0;
    const bulk = bulkOf([give("alice", "bob", 100n), give("bob", "carol", 60n), give("carol", "bob", 10n)]);
    const result = await suite.engine.poster.submitBulk(bulk);
    expect(kinds(result)).to.deep.equal(["posted", "posted", "posted"]);
    expect(result).to.include({ batchId: bulk.claim.operationId, replayed: false });
    expect(suite.engine.batches).to.deep.equal([{ lane: "fast", size: 3 }]);
    expect([
      await balanceOfHolder(suite.watcher, "bob"),
      await balanceOfHolder(suite.watcher, "carol"),
    ]).to.deep.equal([50n, 50n]);
    const ofBatch = await countOf(suite.watcher, "from transactions where batch_id = $1", [result.batchId]);
    expect(ofBatch).to.equal(3);
  });

  it("move nothing when one is refused, and leave every key but their own free", async () => {
    const before = await dumpLedger(suite.database.url);
    const commands = [give("alice", "bob", 1n), give("bob", "carol", 5_000n), give("alice", "bob", 2n)];
    const bulk = bulkOf(commands);
    const result = await suite.engine.poster.submitBulk(bulk);
    expect(kinds(result)).to.deep.equal(["not_applied", "refused", "not_applied"]);
    expect(reasons(result)).to.deep.equal(Array(3).fill("INSUFFICIENT_FUNDS"));
    const [, refused] = result.items;
    expect(refused?.kind === "refused" && refused.error.metadata).to.deep.include({
      requested_units: "5000",
      available_units: "51",
      shortfall_units: "4949",
    });
    expect(await dumpLedger(suite.database.url)).to.equal(before);
    expect(await keysOf(commands.map(({ claim }) => claim.key))).to.equal(0);
    expect(await keysOf([bulk.claim.key])).to.equal(1);
    const audited = "from audit_log where resource_id = $1 and kind = 'REFUSAL'";
    expect(await countOf(suite.watcher, audited, [bulk.claim.operationId])).to.equal(1);
  });

  it("answer the same key with the first outcome again, done or refused", async () => {
    const key = freshKey();
    const [first, second] = [give("alice", "bob", 3n), give("bob", "alice", 3n)];
    const done = await suite.engine.poster.submitBulk(bulkOf([first, second], { key }));
    const again = await suite.other.poster.submitBulk(bulkOf([first, second], { key }));
    const ids = ({ items }: BulkResult) => items.map((item) => item.kind === "posted" && item.transactionId);
    expect(ids(again)).to.deep.equal(ids(done));
    expect(again).to.include({ batchId: done.batchId, replayed: true });

    const refusedKey = freshKey();
    const tooMuch = [give("alice", "bob", 1n), give("bob", "alice", 9_999n)];
    const refused = await suite.engine.poster.submitBulk(bulkOf(tooMuch, { key: refusedKey }));
    await topUp(suite.engine, "bob", 10_000n);
    const refusedAgain = await suite.other.poster.submitBulk(bulkOf(tooMuch, { key: refusedKey }));
    expect(reasons(refusedAgain)).to.deep.equal(reasons(refused));
    expect(kinds(refusedAgain)).to.deep.equal(["not_applied", "refused"]);
    const figures = ({ items: [, item] }: BulkResult) => item?.kind === "refused" && item.error.metadata;
    expect(figures(refusedAgain)).to.deep.equal(figures(refused));
    expect(refusedAgain).to.include({ batchId: refused.batchId, replayed: true });
    await transfer(suite.engine, { from: "bob", to: "alice" }, 10_000n);
  });

  it("share an outcome with an equal request that waits beside them", async () => {
    const key = freshKey();
    const command = give("alice", "bob", 7n);
    const before = await balanceOfHolder(suite.watcher, "bob");
    const [first, second] = await Promise.all([
      suite.engine.poster.submitBulk(bulkOf([command], { key })),
      suite.engine.poster.submitBulk(bulkOf([command], { key })),
    ]);
    expect([first?.replayed, second?.replayed]).to.deep.equal([false, true]);
    expect(second?.batchId).to.equal(first?.batchId);
    expect((await balanceOfHolder(suite.watcher, "bob")) - before).to.equal(7n);
  });

  it("refuse their own key for other commands", async () => {
    const key = freshKey();
    await suite.engine.poster.submitBulk(bulkOf([give("alice", "bob", 1n)], { key }));
    const before = await dumpLedger(suite.database.url);
    const other = give("alice", "bob", 2n);
    expect(await reasonOf(suite.other.poster.submitBulk(bulkOf([other], { key })))).to.equal(
      "IDEMPOTENCY_KEY_REUSED",
    );
    expect(await dumpLedger(suite.database.url)).to.equal(before);
    expect(await keysOf([other.claim.key])).to.equal(0);
  });

  it("leave their own key free when one of theirs was used before", async () => {
    const used = give("alice", "bob", 4n);
    await suite.engine.poster.submit(used);
    const before = await dumpLedger(suite.database.url);
    const bulk = bulkOf([give("alice", "carol", 1n), used]);
    const result = await suite.other.poster.submitBulk(bulk);
    expect(kinds(result)).to.deep.equal(["not_applied", "refused"]);
    expect(reasons(result)).to.deep.equal(Array(2).fill("IDEMPOTENCY_KEY_REUSED"));
    expect(await dumpLedger(suite.database.url)).to.equal(before);
    expect(await keysOf([bulk.claim.key, ...bulk.commands.map(({ claim }) => claim.key)])).to.equal(1);
  });

  it("keep the outcome of each of their keys: one alone is a retry", async () => {
    const command = give("alice", "bob", 6n);
    const { items } = await suite.engine.poster.submitBulk(bulkOf([command, give("alice", "bob", 1n)]));
    const alone = await suite.other.poster.submit(command);
    expect(alone.replayed).to.equal(true);
    expect(items[0]?.kind === "posted" && items[0].transactionId).to.equal(alone.transaction?.id);
  });

  it("see what became of a command that waits beside them under one of their keys", async () => {
    const shared = freshKey();
    const before = await balanceOfHolder(suite.watcher, "bob");
    const [alone, together] = await Promise.all([
      suite.engine.poster.submit(give("alice", "bob", 5n, shared)),
      suite.engine.poster.submitBulk(bulkOf([give("alice", "bob", 5n, shared), give("alice", "bob", 5n)])),
    ]);
    expect(alone.replayed).to.equal(false);
    expect(reasons(together)).to.deep.equal(Array(2).fill("IDEMPOTENCY_KEY_REUSED"));
    expect((await balanceOfHolder(suite.watcher, "bob")) - before).to.equal(5n);

    const later = freshKey();
    const [first, second] = await Promise.all([
      suite.engine.poster.submitBulk(bulkOf([give("alice", "bob", 5n, later)])),
      suite.engine.poster.submit(give("alice", "bob", 5n, later)),
    ]);
    expect(first.items[0]?.kind === "posted" && first.items[0].transactionId).to.equal(
      second.transaction?.id,
    );
    expect(second.replayed).to.equal(true);
  });

  it("leave a key to a command that waits beside them when they are refused", async () => {
    const shared = freshKey();
    const [together, alone] = await Promise.all([
      suite.engine.poster.submitBulk(
        bulkOf([give("alice", "bob", 1n, shared), give("bob", "alice", 999_999n)]),
      ),
      suite.engine.poster.submit(give("alice", "bob", 1n, shared)),
    ]);
    expect(kinds(together)).to.deep.equal(["not_applied", "refused"]);
    expect(alone).to.deep.include({ replayed: false });
    expect(alone.transaction?.state).to.equal("POSTED");
  });

  it("give up a reference that a refused one of them had claimed", async () => {
    const bulk = [give("alice", "bob", 1n, freshKey(), "ref-1"), give("bob", "alice", 9_999n)];
    await suite.engine.poster.submitBulk(bulkOf(bulk));
    const done = await suite.engine.poster.submitBulk(
      bulkOf([give("alice", "bob", 1n, freshKey(), "ref-1")]),
    );
    expect(kinds(done)).to.deep.equal(["posted"]);
    const twice = [
      give("alice", "bob", 1n, freshKey(), "ref-2"),
      give("alice", "bob", 1n, freshKey(), "ref-2"),
    ];
    const refused = await suite.engine.poster.submitBulk(bulkOf(twice));
    expect(kinds(refused)).to.deep.equal(["not_applied", "refused"]);
    expect(reasons(refused)).to.deep.equal(Array(2).fill("EXTERNAL_REFERENCE_USED"));
  });

  it("open a wallet for each other", async () => {
    const gold = (to: string) => commandOf(freshKey(), movementOf("TOP_UP", { to }, 10n));
    const result = await suite.engine.poster.submitBulk(bulkOf([gold("carol"), give("carol", "alice", 10n)]));
    expect(kinds(result)).to.deep.equal(["posted", "posted"]);
  });

  it("wait as one for a locked wallet, and leave others alone meanwhile", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin");
    await stranger.query("select id from wallets where holder_id = 'carol' for update");
    const before = await walletOf(suite.watcher, "bob");
    const waiting = suite.engine.poster.submitBulk(
      bulkOf([give("alice", "bob", 2n), give("alice", "carol", 2n)]),
    );
    await untilBlocked(suite.watcher, 1, "%for update%");
    expect(await walletOf(suite.watcher, "bob")).to.deep.equal(before);
    await transfer(suite.engine, { from: "alice", to: "bob" }, 1n);
    await stranger.query("commit");
    expect(kinds(await waiting)).to.deep.equal(["posted", "posted"]);
  });

  it("share no transaction with more movements than one may carry", async () => {
    suite.engine.batches.length = 0;
    const bulks = Array.from({ length: 5 }, () =>
      bulkOf(Array.from({ length: 4 }, () => give("alice", "bob", 1n))),
    );
    await Promise.all(bulks.map((bulk) => suite.engine.poster.submitBulk(bulk)));
    expect(suite.engine.batches.map(({ size }) => size)).to.deep.equal([8, 8, 4]);
    suite.engine.batches.length = 0;
    const large = bulkOf(Array.from({ length: 25 }, () => give("alice", "bob", 1n)));
    await Promise.all([
      suite.engine.poster.submitBulk(large),
      transfer(suite.engine, { from: "alice", to: "bob" }, 1n),
    ]);
    expect(suite.engine.batches.map(({ size }) => size)).to.deep.equal([25, 1]);
  });

  it("answer what would happen when they are only validated, refused ones between others too", async () => {
    const before = await dumpLedger(suite.database.url);
    const keysBefore = await countOf(suite.watcher, "from idempotency_keys");
    const commands = [give("alice", "carol", 40n), give("carol", "bob", 9_000n), give("carol", "bob", 45n)];
    const together = await suite.engine.poster.submitBulk(bulkOf(commands, { validateOnly: true }));
    expect(kinds(together)).to.deep.equal(["not_applied", "refused", "not_applied"]);
    const apart = await suite.engine.poster.submitBulk(
      bulkOf(commands, { atomic: false, validateOnly: true }),
    );
    expect(kinds(apart)).to.deep.equal(["posted", "refused", "posted"]);
    const [first, , last] = apart.items;
    expect(first?.kind === "posted" && first.transactionId).to.equal("");
    const balance = last?.kind === "posted" && last.result?.balances[0]?.posted;
    expect(balance).to.equal((await balanceOfHolder(suite.watcher, "carol")) - 5n);
    expect(await dumpLedger(suite.database.url)).to.equal(before);
    expect(await countOf(suite.watcher, "from idempotency_keys")).to.equal(keysBefore);
  });
});

describe("the queue for commands that stand or fall together", () => {
  const suite = useSuite({ holders: ["alice", "bob"], limits: { queueMax: 3 } });

  it("counts each of them", async () => {
    const many = Array.from({ length: 4 }, () =>
      commandOf(freshKey(), movementOf("TOP_UP", { to: "alice" }, 1n)),
    );
    const error = await errorOf(suite.engine.poster.submitBulk(bulkOf(many)));
    expect(error).to.deep.include({ reason: "OVERLOADED", metadata: { queue_max: "3" } });
    const { items } = await suite.engine.poster.submitBulk(bulkOf(many.slice(1)));
    expect(items).to.have.lengthOf(3);
  });
});
