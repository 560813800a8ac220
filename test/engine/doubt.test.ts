import { expect } from "chai";
import { findOperations } from "../../src/db/operations.js";
import type { BulkResult } from "../../src/engine/bulk.js";
import { createHolder } from "../../src/engine/holders.js";
import { commandOf as commandOfOperation } from "../../src/engine/operations.js";
import { bulkOf } from "../support/bulk.js";
import {
  claimOf,
  commandOf,
  freshKey,
  movementOf,
  openEngine,
  reasonOf,
  type TestEngine,
  topUp,
  transfer,
} from "../support/engine.js";
import { FaultyNetwork } from "../support/proxy.js";
import { accept } from "../support/queue-worker.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, countOf, untilBlocked } from "../support/watch.js";

const aliceToBob = { from: "alice", to: "bob" };

describe("a connection that breaks", () => {
  const suite = useSuite({ holders: ["alice", "bob"] });
  let proxy: FaultyNetwork;
  let remote: TestEngine;
  let bobBefore: bigint;

  before(async () => {
    proxy = await FaultyNetwork.open(suite.database.url);
    remote = await openEngine(proxy.url, { doubtMaxMs: 300 });
    await topUp(suite.engine, "alice", 1_000n);
  });
  beforeEach(async () => {
    bobBefore = await balanceOfHolder(suite.watcher, "bob");
    remote.batches.length = 0;
  });
  after(async () => {
    await remote.close();
    await proxy.close();
  });
  const bobGot = async () => (await balanceOfHolder(suite.watcher, "bob")) - bobBefore;

  it("before the commit arrives makes the batch run again: it happens once", async () => {
    const broken = proxy.breakNextCommit("lost");
    const results = [transfer(remote, aliceToBob, 1n), transfer(remote, aliceToBob, 2n)];
    await broken;
    expect((await Promise.all(results)).map(({ replayed }) => replayed)).to.deep.equal([false, false]);
    expect(await bobGot()).to.equal(3n);
  });

  it("after the commit arrived is resolved as committed: it happens once", async () => {
    const broken = proxy.breakNextCommit("unanswered");
    const result = transfer(remote, aliceToBob, 5n);
    await broken;
    const { transaction, replayed } = await result;
    expect(replayed).to.equal(false);
    expect(await countOf(suite.watcher, "from transactions where id = $1", [transaction?.id])).to.equal(1);
    expect(await bobGot()).to.equal(5n);
  });

  it("after a refusal was committed still answers the refusal", async () => {
    const broken = proxy.breakNextCommit("unanswered");
    const key = freshKey();
    const refused = reasonOf(transfer(remote, aliceToBob, 1_000_000n, key));
    await broken;
    expect(await refused).to.equal("INSUFFICIENT_FUNDS");
    expect(await countOf(suite.watcher, "from idempotency_keys where key = $1", [key])).to.equal(1);
  });

  for (const fault of ["lost", "unanswered"] as const) {
    it(`with the commit of commands that stand together ${fault} still answers them, done or refused`, async () => {
      const give = (amount: bigint) => commandOf(freshKey(), movementOf("TRANSFER", aliceToBob, amount));
      const kinds = ({ items }: BulkResult) => items.map(({ kind }) => kind);
      for (const [last, expected] of [
        [2n, ["posted", "posted"]],
        [1_000_000n, ["not_applied", "refused"]],
      ] as const) {
        const broken = proxy.breakNextCommit(fault);
        const deciding = remote.poster.submitBulk(bulkOf([give(1n), give(last)]));
        await broken;
        const decided = await deciding;
        expect(decided.replayed).to.equal(false);
        expect(kinds(decided)).to.deep.equal(expected);
      }
      expect(await bobGot()).to.equal(3n);
    });

    it(`with the commit of queued operations ${fault} applies each once, and those behind them after them`, async () => {
      const put = (amount: bigint) => accept(suite.engine, movementOf("TOP_UP", { to: "bob" }, amount));
      const ids = [await put(1n), await put(2n)];
      const refused = await accept(suite.engine, movementOf("WITHDRAWAL", { from: "bob" }, 1_000_000n));
      const operations = await findOperations(suite.engine.database.reader, ids);
      const [first, second] = ids.map((id) => operations.find(({ operationId }) => operationId === id));
      if (first === undefined || second === undefined) throw new Error("they are not there");
      const broken = proxy.breakNextCommit(fault);
      const applied = [first, second].map((one, index) =>
        remote.poster.submit(commandOfOperation(one, ids.slice(0, index))),
      );
      await broken;
      expect((await Promise.all(applied)).map(({ replayed }) => replayed)).to.deep.equal([false, false]);
      const [last] = await findOperations(suite.engine.database.reader, [refused]);
      if (last === undefined) throw new Error("it is not there");
      const brokenAgain = proxy.breakNextCommit(fault);
      const refusal = reasonOf(remote.poster.submit(commandOfOperation(last, [])));
      await brokenAgain;
      expect(await refusal).to.equal("INSUFFICIENT_FUNDS");
      expect(await countOf(suite.watcher, "from operations where complete_time is null")).to.equal(0);
      expect(await bobGot()).to.equal(3n);
    });

    it(`in the middle of a mixed batch's commit, ${fault}, keeps what a caller asked for and what was queued`, async () => {
      const id = await accept(suite.engine, movementOf("TOP_UP", { to: "bob" }, 4n));
      const [operation] = await findOperations(suite.engine.database.reader, [id]);
      if (operation === undefined) throw new Error("it is not there");
      const broken = proxy.breakNextCommit(fault);
      const both = [
        remote.poster.submit(commandOfOperation(operation, [])),
        transfer(remote, aliceToBob, 1n),
      ];
      await broken;
      expect((await Promise.all(both)).map(({ replayed }) => replayed)).to.deep.equal([false, false]);
      expect(await bobGot()).to.equal(5n);
    });

    it(`for longer than a doubt may last, its commit ${fault}, leaves the outcome open until a retry`, async () => {
      const key = freshKey();
      const broken = proxy.breakNextCommit(fault, { thenRefuse: true });
      const unknown = reasonOf(transfer(remote, aliceToBob, 7n, key));
      await broken;
      expect(await unknown).to.equal("OUTCOME_UNKNOWN");
      proxy.bringUp();
      const { replayed } = await transfer(remote, aliceToBob, 7n, key);
      expect(replayed).to.equal(fault === "unanswered");
      expect(await bobGot()).to.equal(7n);
    });
  }

  it("before the commit was sent fails the call, and nothing moved", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; lock table transactions in share row exclusive mode");
    const key = freshKey();
    const refused = reasonOf(transfer(remote, aliceToBob, 9n, key));
    await untilBlocked(suite.watcher);
    // The batch's statements are on their way and the stranger keeps the first of them from finishing.
    await suite.watcher.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(await refused).to.equal("DATABASE_UNAVAILABLE");
    await stranger.query("rollback");
    expect(await countOf(suite.watcher, "from idempotency_keys where key = $1", [key])).to.equal(0);
    expect((await transfer(remote, aliceToBob, 9n, key)).replayed).to.equal(false);
    expect(await bobGot()).to.equal(9n);
  });

  it("while the batch waits for its locks fails the call, and nothing moved", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; select from assets for update");
    const key = freshKey();
    const refused = reasonOf(transfer(remote, aliceToBob, 9n, key));
    await untilBlocked(suite.watcher);
    proxy.takeDown();
    expect(await refused).to.equal("DATABASE_UNAVAILABLE");
    await stranger.query("rollback");
    expect(await bobGot()).to.equal(0n);
    expect(await reasonOf(transfer(remote, aliceToBob, 9n, key))).to.equal("DATABASE_UNAVAILABLE");
    proxy.bringUp();
    expect((await transfer(remote, aliceToBob, 9n, key)).replayed).to.equal(false);
  });

  it("in the middle of an act's commit leaves one act, either way", async () => {
    for (const fault of ["lost", "unanswered"] as const) {
      const id = `made while ${fault}`;
      const broken = proxy.breakNextCommit(fault);
      const made = remote.acts.run({
        claim: claimOf(freshKey()),
        resourceId: id,
        run: (context) => createHolder(context, { id, email: null, displayName: id }),
      });
      await broken;
      expect((await made).replayed).to.equal(false);
      expect(await countOf(suite.watcher, "from holders where id = $1", [id])).to.equal(1);
    }
  });
});
