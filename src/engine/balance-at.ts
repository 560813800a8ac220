import type { Database } from "../db/database.js";
import { findPosting, lastPostingAt } from "../db/postings.js";
import { type Balance, floorOf, type Wallet } from "../ledger/wallet.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { EngineLimits } from "./limits.js";
import { settledMicros, settledNow } from "./settled.js";

/**
 * What a wallet had at a moment, postings of that very moment included.
 *
 * For a moment near to now, this waits until what has such a time is posted.
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
  const near = time > BigInt(Date.now()) * 1_000n - settledMicros;
  if (near && time > (await settledNow(database, limits, wallet.id))) throw inFuture();
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

function inFuture(): WalletError {
  const violations = [{ field: "as_of_time", description: "must not be in the future" }];
  return new WalletError("INVALID_FIELD", "as_of_time must not be in the future.", {
    metadata: { fields: "as_of_time" },
    violations,
  });
}
