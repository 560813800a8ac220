import { readClock } from "../db/clock.js";
import type { Database } from "../db/database.js";
import { lockWalletForRead } from "../db/locks.js";
import { findPosting, lastPostingAt } from "../db/postings.js";
import { Session } from "../db/session.js";
import { type Balance, floorOf, type Wallet } from "../ledger/wallet.js";
import { WalletError } from "../ledger/wallet-error.js";
import { withAttempts } from "./attempts.js";
import type { EngineLimits } from "./limits.js";

/** Longer ago than any batch can take, so that nothing can be posted with such a time any more. */
const settledMicros = 60_000_000n;

/**
 * What a wallet had at a moment, postings of that very moment included.
 *
 * A batch that is under way has its time already and may still commit with it. For a moment that near to now, this
 * waits for the wallet's lock: whoever posts to the wallet afterwards reads the clock afterwards.
 *
 * @param time in microseconds since 1970.
 * @throws INVALID_FIELD for a moment that is still to come.
 */
export async function balanceAt(
  database: Database,
  limits: EngineLimits,
  wallet: Wallet,
  time: bigint,
): Promise<Balance> {
  if (time > BigInt(Date.now()) * 1_000n - settledMicros) await settle(database, limits, wallet.id, time);
  const postingSeq = await lastPostingAt(database.reader, wallet.id, time);
  const posting = postingSeq === 0n ? undefined : await findPosting(database.reader, wallet.id, postingSeq);
  const { id: walletId, asset } = wallet;
  if (posting === undefined)
    return { walletId, asset, posted: 0n, held: 0n, available: -floorOf(wallet), version: 0n };
  return {
    walletId,
    asset,
    posted: posting.balanceAfter,
    held: posting.heldAfter,
    available: posting.availableAfter,
    version: posting.version,
  };
}

async function settle(
  database: Database,
  limits: EngineLimits,
  walletId: string,
  time: bigint,
): Promise<void> {
  await withAttempts(limits, () =>
    Session.use(database.reader.createQueryRunner(), async (session) => {
      session.begin({
        isolation: "read committed",
        lockTimeoutMs: limits.slowLockTimeoutMs,
        statementTimeoutMs: limits.statementTimeoutMs,
      });
      await lockWalletForRead(database.locks, session, walletId);
      if (time > (await readClock(session))) throw inFuture();
    }),
  );
}

function inFuture(): WalletError {
  const violations = [{ field: "as_of_time", description: "must not be in the future" }];
  return new WalletError("INVALID_FIELD", "as_of_time must not be in the future.", {
    metadata: { fields: "as_of_time" },
    violations,
  });
}
