import { expect } from "chai";
import { CheckpointSchedule } from "../../src/engine/checkpoint-schedule.js";
import { checkpointerOf, engineOf } from "../support/checkpoints.js";
import { type TestEngine, topUp } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { countOf, until } from "../support/watch.js";

const hourMs = 3_600_000;

describe("the schedule of checkpoints", () => {
  const suite = useSuite({ holders: ["alice"] });
  const schedules: CheckpointSchedule[] = [];
  afterEach(() => Promise.all(schedules.splice(0).map((schedule) => schedule.stop())));

  const checkpoints = () => countOf(suite.watcher, "from checkpoints");

  /** A schedule that looks all the time, and what it tells. It is stopped after the test at the latest. */
  function scheduleOf(engine: TestEngine, intervalMs: number) {
    const sealed: bigint[] = [];
    const failures: unknown[] = [];
    const parts = { engine: engineOf(engine), checkpointer: checkpointerOf(engine) };
    const schedule = new CheckpointSchedule(
      parts,
      { intervalMs, pollMs: 1, leaseMs: 60_000 },
      { sealed: (time) => sealed.push(time), failed: (error) => failures.push(error) },
    );
    schedules.push(schedule);
    return { schedule, sealed, failures };
  }

  it("makes the first checkpoint at once, and no other while it is young", async () => {
    await topUp(suite.engine, "alice", 1n);
    const { schedule, sealed, failures } = scheduleOf(suite.engine, hourMs);
    schedule.start();
    await until("it has looked three times", async () => (await checkpoints()) > 0 && sealed.length > 2);
    await schedule.stop();
    expect(await checkpoints()).to.equal(1);
    expect(new Set(sealed).size).to.equal(1);
    expect(failures).to.deep.equal([]);
  });

  it("makes another one when the newest is too old, under a caller of its own in the audit log", async () => {
    const before = await checkpoints();
    const { schedule } = scheduleOf(suite.engine, 1);
    schedule.start();
    await until("there are two more", async () => (await checkpoints()) >= before + 2);
    await schedule.stop();
    const entries =
      "from audit_log where method like '%/CreateCheckpoint' and caller = '|service|checkpoint-schedule'";
    expect(await countOf(suite.watcher, entries)).to.equal(await checkpoints());
  });

  it("tells how old the newest is after a restart, although the next cannot be made", async () => {
    await suite.watcher.query("alter table checkpoints add constraint none_made check (false) not valid");
    const { rows } = await suite.watcher.query<{ newest: string }>(
      "select (extract(epoch from max(create_time)) * 1000000)::bigint as newest from checkpoints",
    );
    const { schedule, sealed, failures } = scheduleOf(suite.other, 1);
    schedule.start();
    await until("two could not be made", async () => (await checkpoints()) > 0 && failures.length > 1);
    await schedule.stop();
    await suite.watcher.query("alter table checkpoints drop constraint none_made");
    expect(new Set(sealed)).to.deep.equal(new Set([BigInt(rows[0]?.newest ?? 0)]));
  });

  it("leaves it to one process at a time", async () => {
    const first = scheduleOf(suite.engine, hourMs);
    first.schedule.start();
    await until("the first has looked", async () => (await checkpoints()) > 0 && first.sealed.length > 0);
    const second = scheduleOf(suite.other, 1);
    second.schedule.start();
    const looked = first.sealed.length;
    await until(
      "the first has looked on",
      async () => (await checkpoints()) > 0 && first.sealed.length > looked + 20,
    );
    expect(second.sealed).to.deep.equal([]);
    await first.schedule.stop();
    await until("the second has made one", async () => (await checkpoints()) > 0 && second.sealed.length > 0);
  });
});
