import type { Socket } from "node:net";
import { expect } from "chai";
import type pg from "pg";
import { ConnectionLostError } from "../../src/db/failure.js";
import { Session } from "../../src/db/session.js";
import { useSuite } from "../support/suite.js";
import { countOf } from "../support/watch.js";

const settings = { isolation: "read committed" as const, lockTimeoutMs: 1_000, statementTimeoutMs: 2_000 };

describe("a session", () => {
  const suite = useSuite({ holders: [] });
  const insert = (id: string) =>
    `insert into holders (id, display_name, create_time, update_time) values ('${id}', '', now(), now())`;
  const holders = (id: string) => countOf(suite.watcher, "from holders where id = $1", [id]);

  /** A query runner, and the connection under it, for what happens behind the session's back. */
  async function connected() {
    const runner = suite.engine.database.writer.createQueryRunner();
    return { runner, connection: (await runner.connect()) as pg.PoolClient };
  }

  it("takes a commit that PostgreSQL answered with ROLLBACK for a failure", async () => {
    const { runner, connection } = await connected();
    const commit = Session.use(runner, async (session) => {
      session.begin(settings);
      await session.send(insert("rolled back"));
      await connection.query("select 1 / 0").catch(() => {});
      return session.commit();
    });
    expect(await messageOf(commit)).to.equal("the database answered ROLLBACK to a commit");
    expect(await holders("rolled back")).to.equal(0);
  });

  it("fails a commit with what made an earlier statement fail, though nobody waited for that", async () => {
    const { runner } = await connected();
    const commit = Session.use(runner, async (session) => {
      session.begin(settings);
      session.send(insert("half")).catch(() => {});
      session.send("insert into no_such_table default values").catch(() => {});
      return session.commit();
    });
    expect(await messageOf(commit)).to.include("no_such_table");
    expect(await holders("half")).to.equal(0);
  });

  it("does not commit without a write that failed before it sent its statement", async () => {
    const { runner } = await connected();
    const unwritten = async () => {
      throw new TypeError("this cannot be written");
    };
    const commit = Session.use(runner, async (session) => {
      session.begin(settings);
      session.leave(session.send(insert("of two")));
      session.leave(unwritten());
      return session.commit();
    });
    expect(await messageOf(commit)).to.equal("this cannot be written");
    expect(await holders("of two")).to.equal(0);
  });

  it("fails a commit with what made a statement of a write that was left to it fail", async () => {
    const { runner } = await connected();
    const commit = Session.use(runner, async (session) => {
      session.begin(settings);
      session.leave(session.send("insert into no_such_table default values"));
      return session.commit();
    });
    expect(await messageOf(commit)).to.include("no_such_table");
  });

  it("tells whoever waits for a later statement what made an earlier one fail", async () => {
    const { runner } = await connected();
    const later = Session.use(runner, async (session) => {
      session.begin(settings);
      session.send("insert into no_such_table default values").catch(() => {});
      return session.send("select 1");
    });
    expect(await messageOf(later)).to.include("no_such_table");
  });

  it("tells whoever waits for a prepared statement what made an earlier one fail, also when that kept it from being prepared", async () => {
    const { runner } = await connected();
    const later = Session.use(runner, async (session) => {
      session.begin(settings);
      session.send("insert into no_such_table default values").catch(() => {});
      session.sendPrepared("select 1 as first").catch(() => {});
      return session.sendPrepared("select 1 as first");
    });
    expect(await messageOf(later)).to.include("no_such_table");
  });

  it("prepares a statement again that a failure kept from being prepared", async () => {
    const { runner, connection } = await connected();
    const select = "select 2 as second";
    const failing = Session.use(runner, async (session) => {
      session.begin(settings);
      session.send("insert into no_such_table default values").catch(() => {});
      return session.sendPrepared(select);
    });
    expect(await messageOf(failing)).to.include("no_such_table");
    const again = Object.assign(suite.engine.database.writer.createQueryRunner(), {
      connect: async () => connection,
      release: async () => {},
    });
    const rows = await Session.use(again, async (session) => {
      session.begin(settings);
      const answer = await session.sendPrepared<{ second: number }>(select);
      await session.commit();
      return answer;
    });
    expect(rows).to.deep.equal([{ second: 2 }]);
  });

  it("sends what is sent at one moment as one packet", async () => {
    const { runner, connection } = await connected();
    const { stream } = (connection as unknown as { connection: { stream: Socket } }).connection;
    const packets: number[] = [];
    const writev = stream._writev?.bind(stream);
    stream._writev = (chunks, callback) => {
      packets.push(chunks.length);
      writev?.(chunks, callback);
    };
    await Session.use(runner, async (session) => {
      session.begin(settings);
      session.send("select $1::int", [1]).catch(() => {});
      await session.sendPrepared("select 3");
      await session.commit();
    });
    Reflect.deleteProperty(stream, "_writev");
    expect(packets).to.have.length(1);
  });

  it("keeps what was committed", async () => {
    const { runner } = await connected();
    const fate = await Session.use(runner, async (session) => {
      session.begin(settings);
      session.send(insert("kept")).catch(() => {});
      return session.commit();
    });
    expect(fate).to.equal("committed");
    expect(await holders("kept")).to.equal(1);
  });

  it("has ended its transaction when its connection is given back, also when its work throws", async () => {
    const { runner, connection } = await connected();
    const { rows } = await connection.query("select pg_backend_pid() as pid");
    const work = Session.use(runner, async (session) => {
      session.begin(settings);
      await session.send(insert("thrown away"));
      throw new Error("thrown by the work");
    });
    expect(await messageOf(work)).to.equal("thrown by the work");
    const open = "from pg_stat_activity where pid = $1 and xact_start is not null";
    expect(await countOf(suite.watcher, open, [rows[0].pid])).to.equal(0);
    expect(await holders("thrown away")).to.equal(0);
  });

  it("sets its timeouts for its own transaction only", async () => {
    const { runner, connection } = await connected();
    const inside = await Session.use(runner, async (session) => {
      session.begin(settings);
      const rows = await session.send<{ lock_timeout: string }>("show lock_timeout");
      await session.commit();
      const after = await connection.query("show lock_timeout");
      return [rows[0]?.lock_timeout, after.rows[0].lock_timeout];
    });
    expect(inside).to.deep.equal(["1s", "0"]);
  });

  it("is in doubt when its connection is lost after the commit was sent", async () => {
    const { runner, connection } = await connected();
    const fate = await Session.use(runner, async (session) => {
      session.begin(settings);
      await session.send(insert("doubtful"));
      const commit = session.commit();
      (connection as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      return commit;
    });
    expect(fate).to.equal("in_doubt");
  });

  it("reports a lost connection as such, and not as a refusal of the database", async () => {
    const { runner, connection } = await connected();
    const { rows } = await connection.query("select pg_backend_pid() as pid");
    const work = Session.use(runner, async (session) => {
      session.begin(settings);
      await session.send(insert("lost"));
      (connection as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      return session.send("select 1");
    });
    await work.then(
      () => expect.fail("the statement was answered"),
      (error: unknown) => expect(error).to.be.instanceOf(ConnectionLostError),
    );
    await suite.watcher.query("select pg_terminate_backend($1)", [rows[0].pid]);
    expect(await holders("lost")).to.equal(0);
  });
});

async function messageOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => expect.fail("it did not fail"),
    (error: Error) => error.message,
  );
}
