import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../db/database.js";
import { claimKeys, findKeys } from "../db/keys.js";
import { lockPendingOperations } from "../db/operation-writes.js";
import { Session } from "../db/session.js";
import type { Claim } from "../ledger/movement.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { EngineContext } from "./context.js";
import { isQueued } from "./lock-operations.js";

const pauseMs = 100;

/**
 * Finds out whether a transaction whose commit was not answered has happened, by claiming its keys again, and locking
 * its queued operations again. Both wait for the transaction if it is still running; a plain select would not, and would
 * be a guess.
 *
 * @returns whether it is committed. When it is not, it never will be.
 * @throws OUTCOME_UNKNOWN when the database does not answer in time.
 */
export async function wasCommitted(
  { database, limits, observer }: EngineContext,
  claims: readonly Claim[],
): Promise<boolean> {
  if (claims.length === 0) return true;
  const giveUpAt = performance.now() + limits.doubtMaxMs;
  let last: unknown;
  do {
    try {
      const committed = await askOnce(database, claims, Math.max(1, Math.ceil(giveUpAt - performance.now())));
      observer.doubted(committed ? "committed" : "rolled_back");
      return committed;
    } catch (error) {
      last = error;
      await sleep(pauseMs);
    }
  } while (performance.now() < giveUpAt);
  observer.doubted("unknown");
  throw new WalletError(
    "OUTCOME_UNKNOWN",
    "The connection broke while the transaction was being committed, and the database does not answer. It may have happened: retry with the same key.",
    { retryDelayMs: 1_000, cause: last },
  );
}

async function askOnce(database: Database, claims: readonly Claim[], waitMs: number): Promise<boolean> {
  return Session.use(database.writer.createQueryRunner(), async (session) => {
    // The claim has to see what was committed while it waited, whatever the service's isolation is.
    session.begin({ isolation: "read committed", lockTimeoutMs: waitMs, statementTimeoutMs: waitMs });
    const queued = claims.filter(isQueued);
    const claimed = claims.filter((claim) => !isQueued(claim));
    return (await haveKeys(session, claimed)) && (await areComplete(session, queued));
  });
}

async function haveKeys(session: Session, claims: readonly Claim[]): Promise<boolean> {
  if (claims.length === 0) return true;
  const free = await claimKeys(session, claims);
  if (free.size > 0) return false;
  const ours = new Set(claims.map((claim) => claim.operationId));
  return (await findKeys(session, claims)).every((record) => ours.has(record.operationId));
}

/** Somebody else may have completed them meanwhile: then it is no matter who did, for nobody is told but the queue. */
async function areComplete(session: Session, claims: readonly Claim[]): Promise<boolean> {
  if (claims.length === 0) return true;
  const pending = await lockPendingOperations(
    session,
    claims.map(({ operationId }) => operationId),
    "wait",
  );
  return pending.size === 0;
}
