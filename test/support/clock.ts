import { toTimestamp } from "../../src/db/sql.js";
import { onServer, type TestDatabase } from "./postgres.js";

/** The clock of one database, which stands still until it is set. */
export interface FrozenClock {
  /** @param micros microseconds since 1970 */
  set(micros: bigint): Promise<void>;
}

/**
 * Puts a clock that stands still before the database's own, for every session that is opened afterwards. It lets a
 * test see what is exactly a day old, without a posting being changed.
 */
export async function freezeClock(database: TestDatabase, micros: bigint): Promise<FrozenClock> {
  const send = (sql: string, values: unknown[] = []) => onServer(database.superuserUrl, sql, values);
  const name = new URL(database.url).pathname.slice(1);
  await send("create schema frozen");
  await send("grant usage on schema frozen to public");
  await send("create table frozen.clock (at timestamptz not null)");
  await send("insert into frozen.clock values ($1)", [toTimestamp(micros)]);
  await send(`create function frozen.clock_timestamp() returns timestamptz language sql volatile security definer
    as 'select at from frozen.clock'`);
  await send(`alter database ${name} set search_path = frozen, pg_catalog, public`);
  return {
    set: async (time) => {
      await send("update frozen.clock set at = $1", [toTimestamp(time)]);
    },
  };
}
