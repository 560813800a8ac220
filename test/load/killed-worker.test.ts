import { expect } from "chai";
import { startApp, type TestApp } from "../support/app.js";
import { givenAsset, givenHolder } from "../support/given.js";
import { expectOracles } from "../support/oracles.js";
import { onServer } from "../support/postgres.js";
import { enqueue, movements } from "../support/queue.js";
import { type Service, startService } from "../support/service.js";
import { until } from "../support/watch.js";

const count = 2_000;
/** So few that a slow machine refuses none of them. */
const inFlight = 100;

describe("a worker that is killed with SIGKILL in the middle of a queue", function () {
  this.timeout(120_000);
  let app: TestApp;
  let killed: Service | undefined;
  let next: TestApp | undefined;

  before(async () => {
    app = await startApp();
  });
  after(async () => {
    await killed?.kill();
    await Promise.all([app.close(), next?.close()]);
  });

  it("leaves to the next one what is pending: each operation is applied once, in its order", async () => {
    const { url } = app.database;
    const query = (sql: string) => onServer<{ count: number; position: string }>(url, sql);
    const pending = async () =>
      (await query("select count(*)::int as count from operations where complete_time is null"))[0]?.count ??
      0;
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob", "carol"]) await givenHolder(app, id);
    const service = app.as("service", "orders");
    const holders = ["alice", "bob", "carol"];
    const enqueueEvery = async (first: number): Promise<void> => {
      for (let index = first; index < count; index += inFlight)
        await enqueue(service, movements.topUp(holders[index % 3] ?? "", 1n), `killed-${index}`);
    };
    await Promise.all(Array.from({ length: inFlight }, (_, first) => enqueueEvery(first)));
    expect(await pending()).to.equal(count);
    killed = await startService({ env: { DATABASE_URL: url } });
    await until("some are applied", async () => (await pending()) < count);
    await killed.kill();
    const [lease] = await onServer<{ owner: string }>(
      url,
      "select owner from leases where name = 'operations'",
    );
    const left = await pending();
    expect(left, "pending after the kill").to.be.within(1, count - 1);
    next = await startApp({ database: app.database, queue: {} });
    await until("its lease is taken over", async () => {
      const held = await onServer(url, "select from leases where owner = $1", [lease?.owner]);
      return held.length === 0;
    });
    await until("all are applied", async () => (await pending()) === 0);
    const posted = await query("select count(*)::int as count from transactions where state = 'POSTED'");
    expect(posted[0]?.count).to.equal(count);
    const outOfOrder = await query(
      `select position from (select o.position, lag(o.position) over (partition by p.wallet_id order by p.posting_seq)
         as before from postings p join operations o on o.id = p.transaction_id
         join wallets w on w.id = p.wallet_id and w.holder_id is not null) as applied
       where position < before`,
    );
    expect(outOfOrder).to.deep.equal([]);
    await expectOracles(url);
  });
});
