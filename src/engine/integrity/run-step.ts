import type { Reader } from "../../db/reader.js";
import { Session } from "../../db/session.js";

/**
 * Runs some short work of a check in a transaction of its own, on a connection for reads. Compiling a statement to
 * machine code takes longer than a step may.
 */
export async function runStep<T>(
  reader: Reader,
  statementTimeoutMs: number,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return Session.use(reader.createQueryRunner(), async (session) => {
    session.begin({ isolation: "read committed", lockTimeoutMs: statementTimeoutMs, statementTimeoutMs });
    session.send("set local jit = off").catch(() => {});
    const result = await work(session);
    await session.commit();
    return result;
  });
}
