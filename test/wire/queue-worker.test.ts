import { expect } from "chai";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { expectSound, keyed, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenExpired, givenFunds, givenHold, givenHolder, ofHolder } from "../support/given.js";
import { onServer } from "../support/postgres.js";
import { enqueue, finalOperation, movements, operationOf } from "../support/queue.js";
import { until } from "../support/watch.js";

const { PENDING, SUCCEEDED } = OperationState;

describe("the queue of a service", () => {
  let app: TestApp;
  let service: TestClients;
  const others: TestApp[] = [];

  before(async () => {
    app = await startApp();
    service = app.as("service", "orders");
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob", "carol"]) await givenHolder(app, id);
    await givenFunds(app, "bob", "gold", 1_000n);
  });
  after(() => app.close());
  afterEach(async () => {
    await Promise.all(others.splice(0).map((other) => other.close()));
    await expectSound(app);
  });

  /** Another process on the same database that applies the queue. It is closed after the test at the latest. */
  async function worker(): Promise<TestApp> {
    const other = await startApp({ database: app.database, queue: {} });
    others.push(other);
    return other;
  }
  const finals = (keys: readonly string[]) => Promise.all(keys.map((key) => finalOperation(service, key)));
  const stateOf = async (key: string) => (await operationOf(service, key)).state;
  const query = <Row extends object>(sql: string, values: unknown[] = []) =>
    onServer<Row>(app.database.superuserUrl, sql, values);
  const leases = async () => (await query("select from leases where name = 'operations'")).length;
  /** As a process leaves it that was killed: the lease runs on for a while, and nobody renews it. */
  const leaveLease = (seconds: number) =>
    query(
      `insert into leases (name, owner, until) values ('operations', $1, clock_timestamp() + make_interval(secs => $2))
       on conflict (name) do update set owner = excluded.owner, until = excluded.until`,
      ["01900000-0000-7000-8000-000000000000", seconds],
    );
  const sweep = (maxCount: number, key?: string) =>
    app.as("operator").admin.sweepExpired({ maxCount }, keyed(key));
  const figures = async (other: TestApp) => {
    const text = await (await fetch(`http://127.0.0.1:${other.app.metricsPort}/metrics`)).text();
    const figure = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
    return {
      applied: figure("wallet_operations_applied_total"),
      stale: figure("wallet_operations_stale_total"),
      waited: figure("wallet_operation_wait_seconds_count"),
    };
  };

  it("is applied in the order of acceptance for each wallet, with two processes that accept and apply", async () => {
    const [one, two] = [await worker(), await worker()];
    const accepting = [one.as("service", "orders"), two.as("service", "orders")];
    const keys: string[] = [];
    // Each withdrawal takes all there is, and each transfer what just came: any other order would refuse one of them.
    for (let round = 1n; round <= 70n; round++) {
      for (const movement of [
        movements.topUp("alice", round),
        movements.transfer("alice", "carol", round),
        movements.withdraw("carol", round),
      ]) {
        const key = `in-order-${keys.length}`;
        const at = accepting[keys.length % 2] ?? service;
        expect((await enqueue(at, movement, key)).state).to.equal(PENDING);
        keys.push(key);
      }
    }
    const done = await finals(keys);
    expect(done.map(({ state }) => state)).to.deep.equal(keys.map(() => SUCCEEDED));
    for (const holder of ["alice", "carol"]) {
      const posted = await query<{ key: string }>(
        `select o.key from postings p join wallets w on w.id = p.wallet_id join operations o on o.id = p.transaction_id
         where w.holder_id = $1 order by p.posting_seq`,
        [holder],
      );
      const own = keys.filter((_, index) => index % 3 !== (holder === "alice" ? 2 : 0));
      expect(posted.map(({ key }) => key)).to.deep.equal(own);
    }
    const [inOne, inTwo] = await Promise.all([figures(one), figures(two)]);
    expect(inOne.applied + inTwo.applied).to.equal(210);
    expect(inOne.waited + inTwo.waited).to.equal(210);
  });

  it("is left to the next process by one that stops, which applies each operation once", async () => {
    const first = await worker();
    const keys = Array.from({ length: 60 }, (_, index) => `left-${index}`);
    for (const key of keys.slice(0, 30)) await enqueue(service, movements.topUp("alice", 1n), key);
    await finalOperation(service, keys[0] ?? "");
    await Promise.all([
      first.close(),
      ...keys.slice(30).map((key) => enqueue(service, movements.topUp("alice", 1n), key)),
    ]);
    expect(await leases()).to.equal(0);
    const left = await query<{ key: string }>("select key from operations where complete_time is null");
    for (const { key } of left) expect(await stateOf(key)).to.equal(PENDING);
    await enqueue(service, movements.topUp("alice", 1n), "left-last");
    const { balance: before } = await service.wallet.getBalance({ wallet: ofHolder("alice"), asset: "gold" });
    const second = await worker();
    const done = await finals([...keys, "left-last"]);
    expect(new Set(done.map(({ resourceId }) => resourceId)).size).to.equal(61);
    const { balance } = await service.wallet.getBalance({ wallet: ofHolder("alice"), asset: "gold" });
    expect(balance?.posted?.units).to.equal((before?.posted?.units ?? 0n) + BigInt(left.length + 1));
    await until("all are counted", async () => (await figures(second)).applied === left.length + 1);
    expect((await figures(second)).stale).to.equal(left.length + 1);
  });

  it("is swept by SweepExpired when its worker has gone, once for each key, and not while one is at work", async () => {
    await leaveLease(3_600);
    const keys = ["stale-0", "stale-1", "stale-2"];
    for (const key of keys) await enqueue(service, movements.topUp("alice", 1n), key);
    await givenExpired(app, await givenHold(app, "bob", "gold", 5n));
    expect(await sweep(1)).to.include({ expiredHoldCount: 1, staleOperationCount: 0, more: false });
    expect(await Promise.all(keys.map(stateOf))).to.deep.equal([PENDING, PENDING, PENDING]);
    await leaveLease(0);
    await givenExpired(app, await givenHold(app, "bob", "gold", 5n));
    const first = await sweep(2, "sweep-queue");
    expect(first).to.include({ expiredHoldCount: 1, staleOperationCount: 1, more: true });
    expect(await Promise.all(keys.map(stateOf))).to.deep.equal([SUCCEEDED, PENDING, PENDING]);
    expect(await sweep(2, "sweep-queue")).to.deep.equal(first);
    expect(await stateOf("stale-1")).to.equal(PENDING);
    expect(await sweep(0)).to.include({ expiredHoldCount: 0, staleOperationCount: 2, more: false });
    expect(await Promise.all(keys.map(stateOf))).to.deep.equal([SUCCEEDED, SUCCEEDED, SUCCEEDED]);
    expect(await leases()).to.equal(0);
  });

  it("does not keep a movement that was not queued waiting, whose wallet has operations pending", async () => {
    await enqueue(service, movements.withdraw("bob", 1n), "waits");
    const { transaction } = await service.wallet.transfer(
      { source: ofHolder("bob"), destination: ofHolder("alice"), amount: { asset: "gold", units: 1n } },
      keyed(),
    );
    expect(transaction?.id).not.to.equal("");
    expect(await stateOf("waits")).to.equal(PENDING);
    await worker();
    expect(await finals(["waits"])).to.have.lengthOf(1);
  });
});
