import type { TransactionType } from "./transaction.js";
import type { Asset, HolderStatus, Wallet } from "./wallet.js";

/** Everything a batch has locked or claimed, for the planners to read and, plan by plan, to move on. */
export interface LedgerState {
  readonly assets: ReadonlyMap<string, Asset>;
  /** The locked wallets by id. A wallet that is asked for and missing here does not exist yet. */
  readonly wallets: Map<string, Wallet>;
  /** The status of the holders whose wallets do not exist yet; a holder missing here does not exist. */
  readonly holders: ReadonlyMap<string, HolderStatus>;
  /** Which transaction has each external reference; one that this batch claimed is absent until it is used. */
  readonly references: Map<string, string>;
  /** The time of the batch, in microseconds since 1970; see `batchTimeOf`. */
  readonly now: bigint;
}

/** The key of an external reference in `LedgerState.references`. */
export function referenceKey(asset: string, type: TransactionType, reference: string): string {
  return `${asset}/${type}/${reference}`;
}
