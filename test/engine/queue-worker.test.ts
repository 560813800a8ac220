import { expect } from "chai";
import { findOperations } from "../../src/db/operations.js";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import { commandOf as commandOfOperation } from "../../src/engine/operations.js";
import type { QueueLimits } from "../../src/engine/queue-worker.js";
import { sweepQueue } from "../../src/engine/sweep-queue.js";
import { errorOf, freshKey, movementOf, type TestEngine, topUp } from "../support/engine.js";
import { accept, startWorker, type TestWorker } from "../support/queue-worker.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, countOf, until, untilBlocked } from "../support/watch.js";

const holders = ["alice", "bob", "carol", "dave"];

describe("the queue's worker", () => {
  const suite = useSuite({ holders, limits: { slowLockTimeoutMs: 50, slowTriesMax: 2 } });
  const workers: TestWorker[] = [];

  before(async () => {
    for (const holder of ["bob", "carol", "dave"]) await topUp(suite.engine, holder, 1_000n);
  });
  afterEach(() => Promise.all(workers.splice(0).map(({ worker }) => worker.stop())));

  /** A worker that is stopped after the test at the latest. */
  function work(engine: TestEngine, limits?: Partial<QueueLimits>): TestWorker {
    const started = startWorker(engine, limits);
    workers.push(started);
    return started;
  }
  const put = (to: string, amount: bigint) => accept(suite.engine, movementOf("TOP_UP", { to }, amount));
  const take = (from: string, amount: bigint) =>
    accept(suite.engine, movementOf("WITHDRAWAL", { from }, amount));
  const give = (from: string, to: string, amount: bigint) =>
    accept(suite.engine, movementOf("TRANSFER", { from, to }, amount));

  const pending = () => countOf(suite.watcher, "from operations where complete_time is null");
  const isComplete = async (id: string) =>
    (await countOf(suite.watcher, "from operations where complete_time is not null and id = $1", [id])) === 1;
  const untilDone = () => until("the queue is empty", async () => (await pending()) === 0);
  const posted = (ids: readonly string[]) =>
    countOf(suite.watcher, "from transactions where state = 'POSTED' and id = any($1::uuid[])", [ids]);
  /** These operations in the order in which they were posted to the wallet of a holder. */
  async function orderIn(holderId: string, ids: readonly string[]): Promise<string[]> {
    const { rows } = await suite.watcher.query<{ id: string }>(
      `select p.transaction_id as id from postings p join wallets w on w.id = p.wallet_id
       where w.holder_id = $1 and p.transaction_id = any($2::uuid[]) order by p.posting_seq`,
      [holderId, ids],
    );
    return rows.map(({ id }) => id);
  }

  it("applies what was accepted for one wallet in that order, whichever of two processes does it", async () => {
    const first = work(suite.engine, { leaseMs: 60_000 });
    const second = work(suite.other, { leaseMs: 60_000 });
    const ids: string[] = [];
    for (let round = 1n; round <= 110n; round++) {
      // A withdrawal takes all that there is: before its top-up it would be refused.
      ids.push(await put("alice", round), await take("alice", round));
      first.worker.wake();
      second.worker.wake();
    }
    await untilDone();
    expect(await posted(ids)).to.equal(220);
    expect(await orderIn("alice", ids)).to.deep.equal(ids);
    expect([first, second].map(({ applied }) => applied.length).toSorted((a, b) => a - b)).to.deep.equal([
      0, 220,
    ]);
    expect([...first.failures, ...second.failures]).to.deep.equal([]);
  });

  it("applies a long queue of one wallet in few transactions, in its order", async () => {
    const ids: string[] = [];
    for (let round = 1n; round <= 20n; round++) {
      ids.push(await put("alice", round), await give("alice", "bob", round));
    }
    suite.engine.batches.length = 0;
    work(suite.engine, { perWalletMax: 10 });
    await untilDone();
    expect(await orderIn("alice", ids)).to.deep.equal(ids);
    expect(suite.engine.batches.map(({ size }) => size)).to.deep.equal([10, 10, 10, 10]);
  });

  it("lets a locked wallet stop the operations that touch it, those behind them, and no others", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; select from wallets where holder_id = 'bob' for update");
    const blocked = await give("bob", "carol", 1n);
    const behind = await give("carol", "dave", 2n);
    const before = await put("dave", 3n);
    const other = await put("alice", 4n);
    const { failures } = work(suite.engine);
    await until("the others are applied", async () => await isComplete(other));
    await untilBlocked(suite.watcher, 1, "%wallets%");
    expect([await isComplete(blocked), await isComplete(behind), await isComplete(before)]).to.deep.equal([
      false,
      false,
      false,
    ]);
    const later = await put("alice", 5n);
    await until("a later one is applied", () => isComplete(later));
    expect(await pending()).to.equal(3);
    await stranger.query("rollback");
    await untilDone();
    expect(await orderIn("carol", [blocked, behind])).to.deep.equal([blocked, behind]);
    expect(await orderIn("dave", [behind, before])).to.deep.equal([behind, before]);
    expect(failures).to.deep.equal([]);
  });

  it("is not kept from the others by a long queue of a locked wallet", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; select from wallets where holder_id = 'bob' for update");
    for (let round = 0; round < 12; round++) await put("bob", 1n);
    const other = await put("alice", 1n);
    work(suite.engine, { pageMax: 3, pagesMax: 2, perWalletMax: 2 });
    await until("the other is applied", () => isComplete(other));
    expect(await pending()).to.equal(12);
    await stranger.query("rollback");
    await untilDone();
  });

  it("goes on with the others when one breaks a rule of the database, and keeps the order of its wallet", async () => {
    const owner = await suite.stranger();
    await owner.query("alter table transactions add constraint no_13 check (amount <> 13) not valid");
    const ids = [await put("alice", 12n), await put("alice", 13n), await put("alice", 14n)];
    const other = await put("carol", 1n);
    const { failures } = work(suite.engine);
    await until(
      "the others are applied",
      async () => (await isComplete(other)) && (await isComplete(ids[0] ?? "")),
    );
    await until("it was tried again", async () => (await pending()) === 2 && failures.length > 1);
    expect(failures[0]).to.include({ code: "23514", constraint: "no_13" });
    await owner.query("alter table transactions drop constraint no_13");
    await untilDone();
    expect(await orderIn("alice", ids)).to.deep.equal(ids);
  });

  it("does not apply one while another that must come first is pending, whoever hands it over", async () => {
    const [first, second] = [await put("alice", 1n), await put("alice", 2n)];
    const { reader } = suite.engine.database;
    const found = new Map(
      (await findOperations(reader, [first, second])).map((one) => [one.operationId, one]),
    );
    const command = (id: string, after: string[]) => {
      const operation = found.get(id);
      if (operation === undefined) throw new Error("it is not there");
      return commandOfOperation(operation, after);
    };
    const before = await balanceOfHolder(suite.watcher, "alice");
    const early = await errorOf(suite.engine.poster.submit(command(second, [first])));
    expect(early).to.include({ reason: "CONTENTION" });
    expect(await balanceOfHolder(suite.watcher, "alice")).to.equal(before);
    const done = await Promise.all([
      suite.engine.poster.submit(command(first, [])),
      suite.engine.poster.submit(command(second, [first])),
    ]);
    expect(done.map(({ replayed }) => replayed)).to.deep.equal([false, false]);
    const again = await suite.other.poster.submit(command(second, [first]));
    expect(again.replayed).to.equal(true);
    expect(again.transaction?.id).to.equal(second);
    expect(await balanceOfHolder(suite.watcher, "alice")).to.equal(before + 3n);
  });

  it("applies an operation beside a call that comes with its key at the same moment, which is refused", async () => {
    const key = freshKey();
    const id = await accept(suite.engine, movementOf("TOP_UP", { to: "alice" }, 1n), key);
    const [operation] = await findOperations(suite.engine.database.reader, [id]);
    if (operation === undefined) throw new Error("it is not there");
    const call = errorOf(topUp(suite.engine, "alice", 1n, key));
    const applied = suite.engine.poster.submit(commandOfOperation(operation, []));
    expect(await call).to.deep.include({
      reason: "IDEMPOTENCY_KEY_REUSED",
      metadata: { idempotency_key: key, first_method: "wallet.v1.WalletService/EnqueueTransaction" },
    });
    expect((await applied).transaction?.id).to.equal(id);
  });

  it("applies each once although it has lost its lease in the middle and another worker is at it as well", async () => {
    const ids: string[] = [];
    const first = work(suite.engine, { perWalletMax: 1, leaseMs: 60_000 });
    for (let round = 1n; round <= 40n; round++) ids.push(await put("alice", round));
    await suite.watcher.query("delete from leases");
    const second = work(suite.other, { perWalletMax: 1, leaseMs: 60_000 });
    for (let round = 1n; round <= 40n; round++) {
      ids.push(await take("alice", round));
      first.worker.wake();
      second.worker.wake();
    }
    await untilDone();
    expect(first.applied.length).to.be.greaterThan(0);
    expect(await posted(ids)).to.equal(80);
    expect(await orderIn("alice", ids)).to.deep.equal(ids);
  });

  it("leaves to another process what that is applying, without waiting for it", async () => {
    const id = await put("alice", 1n);
    const stranger = await suite.stranger();
    await stranger.query("begin");
    await stranger.query("select from operations where id = $1 for update", [id]);
    work(suite.engine);
    const next = await put("carol", 1n);
    await until("the next one is applied", () => isComplete(next));
    await topUp(suite.engine, "carol", 1n);
    expect(await isComplete(id)).to.equal(false);
    await stranger.query("rollback");
    await untilDone();
  });

  it("takes over from a process that went once its lease is over, and counts what that has left", async () => {
    const owner = "01900000-0000-7000-8000-000000000000";
    await suite.watcher.query(
      "insert into leases (name, owner, until) values ('operations', $1, clock_timestamp() + interval '1 hour')",
      [owner],
    );
    const ids = [await put("alice", 1n), await put("carol", 1n)];
    const { takenOver, applied } = work(suite.engine);
    await topUp(suite.engine, "dave", 1n);
    expect(await sweepQueue({ ...suite.other, limits: defaultEngineLimits }, 10)).to.deep.equal({
      staleOperations: 0,
      more: false,
    });
    expect(await pending()).to.equal(2);
    await suite.watcher.query("update leases set until = clock_timestamp() where name = 'operations'");
    await untilDone();
    expect(await posted(ids)).to.equal(2);
    await until("they are counted", async () => (await pending()) === 0 && applied.length === 2);
    expect(takenOver).to.deep.equal([2]);
  });

  it("leaves what it has not begun when it stops, and gives its lease up", async () => {
    const stranger = await suite.stranger();
    await stranger.query("begin; select from wallets where holder_id = 'bob' for update");
    await Promise.all(Array.from({ length: 20 }, () => put("bob", 1n)));
    // All but the first are to be tried again, after pauses that the stop does not wait for.
    const { worker } = work(suite.engine, { retryDelayMsBase: 3_600_000, retryDelayMsMax: 3_600_000 });
    await untilBlocked(suite.watcher, 1, "%wallets%");
    await worker.stop();
    expect(await countOf(suite.watcher, "from leases where name = 'operations'")).to.equal(0);
    const id = await put("alice", 1n);
    expect(await pending()).to.equal(21);
    await stranger.query("rollback");
    const next = work(suite.other);
    await untilDone();
    expect(next.takenOver).to.deep.equal([21]);
    expect(await posted([id])).to.equal(1);
  });

  it("outlives a database that refuses to tell it what is pending", async () => {
    const { failures, takenOver } = work(suite.engine);
    await until("it has the queue", async () => (await pending()) === 0 && takenOver.length === 1);
    await suite.watcher.query("alter table operations rename to operations_gone");
    const gone = async () => (await countOf(suite.watcher, "from operations_gone")) >= 0;
    await until("it has failed", async () => (await gone()) && failures.length > 0);
    await suite.watcher.query("alter table operations_gone rename to operations");
    const id = await accept(suite.engine, movementOf("TOP_UP", { to: "alice" }, 1n), freshKey());
    await until("it works again", () => isComplete(id));
  });
});

describe("the sweep of the queue", () => {
  const suite = useSuite({ holders: ["alice", "bob"], limits: { slowLockTimeoutMs: 20, slowTriesMax: 2 } });
  const sweep = (max: number) => sweepQueue({ ...suite.engine, limits: defaultEngineLimits }, max);
  const put = (to: string, amount: bigint) => accept(suite.engine, movementOf("TOP_UP", { to }, amount));
  const leases = () => countOf(suite.watcher, "from leases");

  it("applies what nobody is there for, no more than it may, and says whether more is left", async () => {
    for (let round = 1n; round <= 5n; round++) await put("alice", round);
    expect(await sweep(0)).to.deep.equal({ staleOperations: 0, more: true });
    expect(await sweep(2)).to.deep.equal({ staleOperations: 2, more: true });
    expect(await balanceOfHolder(suite.watcher, "alice")).to.equal(3n);
    expect(await sweep(3)).to.deep.equal({ staleOperations: 3, more: false });
    expect(await balanceOfHolder(suite.watcher, "alice")).to.equal(15n);
    expect(await leases()).to.equal(0);
  });

  it("leaves everything to a worker that is at work", async () => {
    const { worker, takenOver } = startWorker(suite.other, { pollMs: 60_000 });
    await until("it has the queue", async () => (await leases()) === 1 && takenOver.length === 1);
    await put("alice", 1n);
    expect(await sweep(10)).to.deep.equal({ staleOperations: 0, more: false });
    worker.wake();
    await until(
      "the worker applies it",
      async () => (await countOf(suite.watcher, "from operations where complete_time is null")) === 0,
    );
    await worker.stop();
  });

  it("leaves what is stuck pending, and says so", async () => {
    await topUp(suite.engine, "bob", 1n);
    const stranger = await suite.stranger();
    await stranger.query("begin; select from wallets where holder_id = 'bob' for update");
    await put("bob", 1n);
    await put("alice", 1n);
    expect(await sweep(10)).to.deep.equal({ staleOperations: 1, more: true });
    await stranger.query("rollback");
    expect(await sweep(10)).to.deep.equal({ staleOperations: 1, more: false });
  });
});
