import type { Session } from "./session.js";

/** The database's clock at the moment this statement runs, in microseconds since 1970. The only clock that counts. */
export async function readClock(session: Session): Promise<bigint> {
  const [row] = await session.send<{ now: bigint }>("select clock_timestamp() as now");
  if (row === undefined) throw new Error("the database did not tell the time");
  return row.now;
}
