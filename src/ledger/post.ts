import { postingHash } from "./chain.js";
import type { LedgerState } from "./state.js";
import type { Posting } from "./transaction.js";
import { balanceOf, type Wallet } from "./wallet.js";

/** What a posting does to a wallet. */
export interface PostingTerms {
  readonly transactionId: string;
  /** Positive for a credit, negative for a debit. */
  readonly amount: bigint;
  /** What it adds to what is held, or takes from it; nothing when it is left out. */
  readonly heldChange?: bigint;
  readonly postTime: bigint;
}

/** Posts to a wallet: the posting, chained to the one before, and the wallet after it. */
export function post(wallet: Wallet, by: PostingTerms): { posting: Posting; wallet: Wallet } {
  const moved = {
    ...wallet,
    balance: wallet.balance + by.amount,
    held: wallet.held + (by.heldChange ?? 0n),
    version: wallet.version + 1n,
    postingSeq: wallet.postingSeq + 1n,
    lastPostTime: by.postTime,
    updateTime: by.postTime,
  };
  const unhashed = {
    walletId: wallet.id,
    postingSeq: moved.postingSeq,
    transactionId: by.transactionId,
    asset: wallet.asset,
    amount: by.amount,
    balanceAfter: moved.balance,
    heldAfter: moved.held,
    availableAfter: balanceOf(moved).available,
    version: moved.version,
    postTime: by.postTime,
  };
  const hash = postingHash(wallet.chainHead, unhashed);
  return { posting: { ...unhashed, hash }, wallet: { ...moved, chainHead: hash } };
}

/** When a transaction over these wallets is posted: now, but never before the last posting of any of them. */
export function postTimeOf({ now }: Pick<LedgerState, "now">, wallets: readonly Wallet[]): bigint {
  let latest = now;
  for (const { lastPostTime } of wallets)
    if (lastPostTime !== null && lastPostTime > latest) latest = lastPostTime;
  return latest;
}
