import { expect } from "chai";
import type pg from "pg";
import { integrityScheduleOf } from "../../src/engine/integrity/schedule.js";
import { expectSound, startApp, type TestApp } from "../support/app.js";
import { type BusyLedger, makeBusyLedger } from "../support/busy-ledger.js";
import { copyOf, onServer, openSession, type TestDatabase, tamper } from "../support/postgres.js";
import { countOf, until } from "../support/watch.js";

const schedule = { intervalMs: 3_600_000, pollMs: 20, leaseMs: 10_000 };

describe("the scheduled check of the ledger", () => {
  let ledger: BusyLedger;
  /** The same, for nobody else. */
  let unscheduled: TestDatabase;
  let watcher: pg.Client;
  let apps: TestApp[] = [];

  before(async () => {
    ledger = await makeBusyLedger();
    unscheduled = await copyOf(ledger.database);
    watcher = await openSession(ledger.database.superuserUrl);
  });
  after(() => watcher.end());
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await expectSound({ database: ledger.database } as TestApp);
  });

  async function start(): Promise<TestApp> {
    const app = await startApp({ database: ledger.database, integrity: schedule });
    apps = [...apps, app];
    return app;
  }

  async function metric({ app }: TestApp, name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${app.metricsPort}/metrics`)).text();
    return Number(new RegExp(`^wallet_integrity_${name} (.+)$`, "m").exec(text)?.[1]);
  }

  /** Has the ledger checked to the end by somebody who asks for it. */
  async function check(app: TestApp): Promise<void> {
    const stream = app.as("auditor").admin.checkIntegrity({});
    for await (const { event } of stream) if (event.case === "verdict") return;
    expect.fail("the check ended without a verdict");
  }

  const isOk = (app: TestApp, ok: number) =>
    until(`wallet_integrity_ok is ${ok}`, async () => (await metric(app, "ok")) === ok);
  const runs = () => countOf(watcher, "from integrity_runs where end_time is not null");

  /** As if the interval had passed. */
  async function passInterval(): Promise<void> {
    await onServer(
      ledger.database.ownerUrl,
      "update integrity_runs set snapshot_time = snapshot_time - interval '2 hours'",
    );
  }

  it("says -1 where nobody has ever checked", async () => {
    const app = await startApp({ database: ledger.database });
    apps = [app];
    expect(await metric(app, "ok")).to.equal(-1);
  });

  it("is not made with an interval of 0 hours, and the newest check that others made is told", async () => {
    const database = unscheduled;
    const app = await startApp({ database, integrity: { ...integrityScheduleOf(0), pollMs: 20 } });
    apps = [app];
    await check(app);
    await isOk(app, 1);
    await tamper(database, `update wallets set held = held + 1 where id = '${ledger.alice}'`);
    await check(app);
    await isOk(app, 0);
    expect(await metric(app, "findings")).to.equal(1);
    expect(await metric(app, "postings_checked_total")).to.equal(0);
    const [made] = await onServer<object>(database.superuserUrl, "select count(*)::int from integrity_runs");
    expect(made).to.deep.equal({ count: 2 });
  });

  it("is made by one process once an interval, and told by all", async () => {
    const both = [await start(), await start()];
    for (const app of both) await isOk(app, 1);
    expect(await runs()).to.equal(1);
    for (const app of both) {
      expect(await metric(app, "findings")).to.equal(0);
      expect(await metric(app, "last_run_time_seconds")).to.be.closeTo(Date.now() / 1e3, 60);
    }
    const checked = await Promise.all(both.map((app) => metric(app, "postings_checked_total")));
    const postings = await countOf(watcher, "from postings");
    expect(checked.sort((a, b) => a - b)).to.deep.equal([0, postings]);
    await passInterval();
    await until("there is another check", async () => (await runs()) === 2);
  });

  it("says 0 while the ledger is not as it should be, and 1 again when it is", async () => {
    const app = await start();
    await tamper(ledger.database, `update wallets set held = held + 1 where id = '${ledger.alice}'`);
    await passInterval();
    await isOk(app, 0);
    expect(await metric(app, "findings")).to.equal(1);
    await tamper(ledger.database, `update wallets set held = held - 1 where id = '${ledger.alice}'`);
    await passInterval();
    await isOk(app, 1);
  });

  it("forgets what a check of the day before has captured, and keeps its result", async () => {
    await onServer(
      ledger.database.ownerUrl,
      "update integrity_runs set snapshot_time = snapshot_time - interval '2 days'",
    );
    // A place tells by its id when it was reached; this makes them places of 1970.
    await onServer(
      ledger.database.ownerUrl,
      "update integrity_places set id = overlay(id::text placing '0000' from 1 for 4)::uuid",
    );
    const before = await runs();
    await start();
    await until("there is another check", async () => (await runs()) === before + 1);
    const captured = "from (select distinct run_id from integrity_heads) r";
    expect(await countOf(watcher, captured)).to.equal(1);
  });

  it("is left when the service stops, and its lease given up", async () => {
    await onServer(
      ledger.database.ownerUrl,
      "update integrity_runs set snapshot_time = snapshot_time - interval '2 days'",
    );
    const session = await openSession(ledger.database.superuserUrl);
    await session.query("begin; lock table refund_totals in access exclusive mode");
    const app = await start();
    await until("the check is under way", async () => (await countOf(watcher, "from leases")) === 1);
    const closing = app.close();
    await session.end();
    await closing;
    expect(await countOf(watcher, "from leases")).to.equal(0);
  });
});
