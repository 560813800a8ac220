import type { Reader } from "../../db/reader.js";
import { Session } from "../../db/session.js";

/**
 * Runs some work of a check in a transaction of its own, on a connection for reads. Compiling a statement to machine
 * code takes longer than a step may.
 *
 * @param isolation "repeatable read" where several statements have to see the same snapshot.
 */
export async function runStep<T>(
  reader: Reader,
  statementTimeoutMs: number,
  work: (session: Session) => Promise<T>,
  isolation: "read committed" | "repeatable read" = "read committed",
): Promise<T> {
  return Session.use(reader.createQueryRunner(), async (session) => {
    session.begin({ isolation, lockTimeoutMs: statementTimeoutMs, statementTimeoutMs });
    session.send("set local jit = off").catch(() => {});
    const result = await work(session);
    await session.commit();
    return result;
  });
}
