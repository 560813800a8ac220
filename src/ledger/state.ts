import type { Hold } from "./hold.js";
import type { Job } from "./job.js";
import type { RefundTotal } from "./refund-total.js";
import type { TransactionType } from "./transaction.js";
import type { Asset, HolderStatus, Wallet } from "./wallet.js";

/** Everything a batch has locked or claimed, for the planners to read and, plan by plan, to move on. */
export interface LedgerState {
  readonly assets: ReadonlyMap<string, Asset>;
  /** The locked wallets by id. A wallet that is asked for and missing here does not exist yet. */
  readonly wallets: Map<string, Wallet>;
  /** The status of the holders whose wallets do not exist yet; a holder missing here does not exist. */
  readonly holders: ReadonlyMap<string, HolderStatus>;
  /** The holds that the batch names, by id. */
  readonly holds: Map<string, Hold>;
  /** What was given back of the transactions that the batch refunds or reverses, by their id; absent when nothing was. */
  readonly refundTotals: Map<string, RefundTotal>;
  /** The jobs that the batch names, by id. */
  readonly jobs: Map<string, Job>;
  /** What went out of wallets with a daily limit within the 24 hours before now, by wallet id, in smallest units. */
  readonly outgoing: Map<string, bigint>;
  /** Which transaction has each external reference; one that this batch claimed is absent until it is used. */
  readonly references: Map<string, string>;
  /** The database's clock, read after the locks, in microseconds since 1970. */
  readonly now: bigint;
}

/** What an external reference is unique among, besides the asset. */
export type ReferenceType = TransactionType | "HOLD";

/** The key of an external reference in `LedgerState.references`. */
export function referenceKey(asset: string, type: ReferenceType, reference: string): string {
  return `${asset}/${type}/${reference}`;
}
