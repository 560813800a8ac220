import type { Posting, Transaction } from "./transaction.js";
import { isSystemWallet } from "./wallet.js";

/** The transaction that a refund or a reversal answers, with all of its postings. */
export interface Original {
  readonly transaction: Transaction;
  readonly postings: readonly Posting[];
}

/** The assets that it moved, each once; for a refused one, the asset that it named. */
export function assetsOf({ transaction, postings }: Original): string[] {
  const named = transaction.asset === null ? [] : [transaction.asset];
  return [...new Set([...named, ...postings.map(({ asset }) => asset)])];
}

/** The wallets that it names and moved, each once: first the one that received, then the one that paid. */
export function walletIdsOf({ transaction, postings }: Original): string[] {
  const named = [transaction.destinationWalletId, transaction.sourceWalletId].filter((id) => id !== null);
  return [...new Set([...named, ...postings.map(({ walletId }) => walletId)])];
}

/**
 * The wallet whose holder its correction concerns: the first in the order of `walletIdsOf` that is no system wallet, or
 * the first of all. Null when a refused transaction names no wallet.
 */
export function subjectIdOf(original: Original): string | null {
  const assets = assetsOf(original);
  const isHolders = (id: string) => !assets.some((asset) => isSystemWallet(asset, id));
  const ids = walletIdsOf(original);
  return ids.find(isHolders) ?? ids[0] ?? null;
}
