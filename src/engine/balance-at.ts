import type { Pool } from "../db/pool.js";
import { findPosting, lastPostingAt } from "../db/postings.js";
import { changesSince, type Figures } from "../db/wallet-changes.js";
import type { Posting } from "../ledger/transaction.js";
import { type Balance, floorOf, type Wallet } from "../ledger/wallet.js";
import { WalletError } from "../ledger/wallet-error.js";
import { type Settling, settledMicros } from "./settled.js";

/**
 * What a wallet had at a moment, postings and holds of that very moment included.
 *
 * For a moment near to now, this waits until what has such a time is posted.
 *
 * @param time in microseconds since 1970.
 * @throws INVALID_FIELD for a moment that is still to come.
 */
export async function balanceAt(
  reader: Pool,
  settling: Settling,
  wallet: Wallet,
  time: bigint,
): Promise<Balance> {
  const near = time > BigInt(Date.now()) * 1_000n - settledMicros;
  if (near && time > (await settling.now(wallet.id))) throw inFuture();
  const postingSeq = await lastPostingAt(reader, wallet.id, time);
  const [posting, { last, due }] = await Promise.all([
    postingSeq === 0n ? undefined : findPosting(reader, wallet.id, postingSeq),
    changesSince(reader, { walletId: wallet.id, postingSeq, time }),
  ]);
  const { posted, held, available, version } = last ?? afterPosting(posting) ?? unused(wallet);
  return {
    walletId: wallet.id,
    asset: wallet.asset,
    posted,
    held: held - due.units,
    available: available + due.units,
    version: version + due.holds,
  };
}

function afterPosting(posting: Posting | undefined): Figures | undefined {
  if (posting === undefined) return undefined;
  const { balanceAfter: posted, heldAfter: held, availableAfter: available, version } = posting;
  return { posted, held, available, version };
}

/** Before there was anything in the wallet, or a wallet. */
function unused(wallet: Wallet): Figures {
  return { posted: 0n, held: 0n, available: -floorOf(wallet), version: 0n };
}

function inFuture(): WalletError {
  const violations = [{ field: "as_of_time", description: "must not be in the future" }];
  return new WalletError("INVALID_FIELD", "as_of_time must not be in the future.", {
    metadata: { fields: "as_of_time" },
    violations,
  });
}
