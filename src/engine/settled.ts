import { readClock } from "../db/clock.js";
import type { Database } from "../db/database.js";
import { lockWalletForRead } from "../db/locks.js";
import { Session } from "../db/session.js";
import { withAttempts } from "./attempts.js";
import type { EngineLimits } from "./limits.js";

/**
 * Longer than any batch can take, in microseconds: nothing can be posted any more with a time that is so long ago.
 */
export const settledMicros = 60_000_000n;

/**
 * The present, in microseconds since 1970, as a moment before which a wallet's postings are final.
 *
 * A batch that is under way has its time already and may still commit with it. This waits for the wallet's lock:
 * whoever posts to the wallet afterwards reads the clock afterwards.
 *
 * @throws CONTENTION or DATABASE_UNAVAILABLE
 */
export async function settledNow(
  { reader, locks }: Database,
  limits: EngineLimits,
  walletId: string,
): Promise<bigint> {
  return withAttempts(limits, () =>
    Session.use(reader.createQueryRunner(), async (session) => {
      session.begin({
        isolation: "read committed",
        lockTimeoutMs: limits.slowLockTimeoutMs,
        statementTimeoutMs: limits.statementTimeoutMs,
      });
      await lockWalletForRead(locks, session, walletId);
      return readClock(session);
    }),
  );
}
