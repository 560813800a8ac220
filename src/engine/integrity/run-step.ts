import type { Pool } from "../../db/pool.js";
import { Session } from "../../db/session.js";

/**
 * How PostgreSQL plans the statements of a step. A step takes the next rows in the order of their keys: a bitmap would
 * fetch all that are left, and PostgreSQL believes in it while what a check has just captured has no statistics. Compiling
 * a statement to machine code takes longer than a step may.
 */
const planning = "set local jit = off; set local enable_bitmapscan = off";

/**
 * Runs some work of a check in a transaction of its own, on a connection for reads.
 *
 * @param isolation "repeatable read" where several statements have to see the same snapshot.
 */
export async function runStep<T>(
  reader: Pool,
  statementTimeoutMs: number,
  work: (session: Session) => Promise<T>,
  isolation: "read committed" | "repeatable read" = "read committed",
): Promise<T> {
  return Session.use(reader.createQueryRunner(), async (session) => {
    session.begin({ isolation, lockTimeoutMs: statementTimeoutMs, statementTimeoutMs });
    session.send(planning).catch(() => {});
    const result = await work(session);
    await session.commit();
    return result;
  });
}
