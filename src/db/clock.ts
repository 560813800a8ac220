import type { Pool } from "./pool.js";
import { readRows } from "./read.js";
import type { Session } from "./session.js";

/** The database's clock at the moment this statement runs, in microseconds since 1970. The only clock that counts. */
export async function readClock(session: Session): Promise<bigint> {
  const [row] = await session.sendPrepared<{ now: bigint }>("select clock_timestamp() as now");
  if (row === undefined) throw new Error("the database did not tell the time");
  return row.now;
}

/**
 * How far a clock surely differs from the database's, in microseconds and never negative. The time that the question
 * itself took is not held against it.
 *
 * @param now the clock, in microseconds since 1970.
 */
export async function clockOffset(reader: Pool, now: () => bigint): Promise<bigint> {
  const asked = now();
  const [row] = await readRows<{ now: bigint }>(reader, "select clock_timestamp() as now");
  const answered = now();
  if (row === undefined) throw new Error("the database did not tell the time");
  if (row.now < asked) return asked - row.now;
  return row.now > answered ? row.now - answered : 0n;
}
