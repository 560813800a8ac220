import { expect } from "chai";
import { findHold } from "../../src/db/holds.js";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import { sweepExpired } from "../../src/engine/sweep.js";
import { Sweeper, type SweeperObserver } from "../../src/engine/sweeper.js";
import { type TestEngine, topUp } from "../support/engine.js";
import { authorize, voidHold } from "../support/holds.js";
import { useSuite } from "../support/suite.js";
import { countOf, until, untilBlocked } from "../support/watch.js";

describe("the sweeper", () => {
  const suite = useSuite({ holders: ["alice", "bob"], limits: { slowLockTimeoutMs: 20, slowTriesMax: 2 } });

  before(async () => {
    for (const holder of ["alice", "bob"]) await topUp(suite.engine, holder, 1_000n);
  });

  const sweepers: Sweeper[] = [];
  afterEach(() => Promise.all(sweepers.splice(0).map((sweeper) => sweeper.stop())));

  /** A sweeper and what it tells. It is stopped after the test at the latest. */
  function sweeperOf({ database, poster }: TestEngine, limits: { leaseMs?: number; holdsMax?: number } = {}) {
    const swept: number[] = [];
    const failures: unknown[] = [];
    const observer: SweeperObserver = {
      swept: (expiredHolds) => swept.push(expiredHolds),
      failed: (error) => failures.push(error),
    };
    const context = { database, poster, limits: defaultEngineLimits };
    const bounds = { intervalMs: 1, leaseMs: 60_000, holdsMax: 100, ...limits };
    const sweeper = new Sweeper(context, bounds, observer);
    sweepers.push(sweeper);
    return { sweeper, swept, failures };
  }
  const released = (ids: readonly string[]) =>
    countOf(suite.watcher, "from holds where state = 'EXPIRED' and id = any($1::uuid[])", [ids]);
  const expiring = async (count: number) => {
    const holders = ["alice", "bob"];
    const holds = Array.from({ length: count }, (_, index) =>
      authorize(suite.engine, holders[index % 2] ?? "alice", 1n, 1n),
    );
    return (await Promise.all(holds)).map(({ id }) => id);
  };
  const leases = () => countOf(suite.watcher, "from leases where name = 'hold_expiry'");

  it("releases what has run out and leaves what has not", async () => {
    const open = await authorize(suite.engine, "alice", 1n);
    const ids = await expiring(6);
    const { sweeper, swept, failures } = sweeperOf(suite.engine, { holdsMax: 2 });
    sweeper.start();
    await until("all are released", async () => (await released(ids)) === 6);
    await sweeper.stop();
    expect(swept.reduce((sum, count) => sum + count, 0)).to.equal(6);
    expect(Math.max(...swept)).to.equal(2);
    expect(failures).to.deep.equal([]);
    expect((await findHold(suite.engine.database.reader, open.id))?.state).to.equal("ACTIVE");
    await voidHold(suite.engine, open);
  });

  it("works in one process at a time, and in the next as soon as that one stops", async () => {
    const first = sweeperOf(suite.engine);
    first.sweeper.start();
    await until("the first has swept", async () => (await leases()) === 1 && first.swept.length > 0);
    const second = sweeperOf(suite.other);
    second.sweeper.start();
    const ids = await expiring(3);
    await until("all are released", async () => (await released(ids)) === 3);
    expect(second.swept).to.deep.equal([]);
    await first.sweeper.stop();
    await until("the second has swept", async () => (await leases()) === 1 && second.swept.length > 0);
    const rounds = first.swept.length;
    await second.sweeper.stop();
    expect(first.swept.length).to.equal(rounds);
    expect(await leases()).to.equal(0);
  });

  it("takes over from a process that died, once its lease is over", async () => {
    const owner = "01900000-0000-7000-8000-000000000000";
    await suite.watcher.query(
      "insert into leases (name, owner, until) values ('hold_expiry', $1, clock_timestamp() + interval '1 hour')",
      [owner],
    );
    const { sweeper, swept, failures } = sweeperOf(suite.engine);
    sweeper.start();
    const ids = await expiring(2);
    expect(swept).to.deep.equal([]);
    await suite.watcher.query("update leases set until = clock_timestamp() where name = 'hold_expiry'");
    await until("all are released", async () => (await released(ids)) === 2);
    await sweeper.stop();
    expect(failures).to.deep.equal([]);
  });

  it("does not let one locked wallet keep it from the others, and says what it could not do", async () => {
    const [inAlice = "", inBob = ""] = await expiring(2);
    const stranger = await suite.stranger();
    await stranger.query("begin");
    await stranger.query("select from wallets where holder_id = 'alice' for update");
    const sweep = sweepExpired(suite.engine, 10);
    await untilBlocked(suite.watcher, 1, "%wallets%");
    const { failure, ...rest } = await sweep;
    expect(rest).to.deep.equal({ expiredHolds: 1, more: true });
    expect(failure).to.have.property("reason", "CONTENTION");
    expect([await released([inAlice]), await released([inBob])]).to.deep.equal([0, 1]);
    await stranger.query("commit");
    expect(await sweepExpired(suite.engine, 10)).to.deep.equal({
      expiredHolds: 1,
      more: false,
      failure: null,
    });
  });

  it("outlives failures of the database", async () => {
    const { sweeper, swept, failures } = sweeperOf(suite.engine);
    await suite.watcher.query("alter table leases rename to leases_gone");
    sweeper.start();
    await until("a round has failed", async () => (await leasesGone()) && failures.length > 0);
    await suite.watcher.query("alter table leases_gone rename to leases");
    await until("a round has succeeded", async () => (await leases()) >= 0 && swept.length > 0);
    await sweeper.stop();
  });

  const leasesGone = async () => (await countOf(suite.watcher, "from leases_gone")) >= 0;
});
