import { expect } from "chai";
import type pg from "pg";
import { expectSound, startApp, type TestApp } from "../support/app.js";
import { givenAsset, givenExpired, givenFunds, givenHold, givenHolder } from "../support/given.js";
import { openSession } from "../support/postgres.js";
import { countOf, until } from "../support/watch.js";

describe("the sweeper of a service", () => {
  let app: TestApp;
  let watcher: pg.Client;

  before(async () => {
    app = await startApp({ sweeper: { intervalMs: 1, leaseMs: 60_000, holdsMax: 10 } });
    watcher = await openSession(app.database.ownerUrl);
    await givenAsset(app, "gold");
    await givenHolder(app, "alice");
    await givenFunds(app, "alice", "gold", 100n);
  });
  after(async () => {
    await app.close();
    await watcher.end();
  });

  it("releases expired holds, counts them, and stops with the service", async () => {
    await givenExpired(app, await givenHold(app, "alice", "gold", 5n));
    const released = () => countOf(watcher, "from holds where state = 'EXPIRED'");
    await until("the hold is released", async () => (await released()) === 1);
    const metrics = async () => (await fetch(`http://127.0.0.1:${app.app.metricsPort}/metrics`)).text();
    await until("the round is counted", async () => /^wallet_holds_expired_total 1$/m.test(await metrics()));
    const text = await metrics();
    expect(Number(/^wallet_sweeps_total (\d+)$/m.exec(text)?.[1])).to.be.greaterThan(0);
    expect(Number(/^wallet_last_sweep_time_seconds ([\d.]+)$/m.exec(text)?.[1])).to.be.closeTo(
      Date.now() / 1e3,
      60,
    );
    await app.close();
    expect(await countOf(watcher, "from leases"), "the lease is given up").to.equal(0);
    await expectSound(app);
  });
});
