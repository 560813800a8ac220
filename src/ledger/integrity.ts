/** A rule that holds for the ledger at all times. */
export type IntegrityRule =
  | "TRANSACTION_BALANCED"
  | "WALLET_BALANCE"
  | "POSTING_SEQUENCE"
  | "POST_TIME_ORDER"
  | "HELD_BALANCE"
  | "ASSET_SUM"
  | "ASSET_DEPOSITS"
  | "HASH_CHAIN"
  | "KEY_OUTCOME"
  | "REFUND_TOTAL"
  | "CHECKPOINT"
  | "WALLET_OWNER";

/** One thing in the ledger that is not as it should be. Null where it does not apply. */
export interface IntegrityFinding {
  readonly rule: IntegrityRule;
  /** What is wrong, as a sentence that names the row. */
  readonly message: string;
  readonly asset: string | null;
  readonly walletId: string | null;
  readonly postingSeq: bigint | null;
  readonly transactionId: string | null;
  readonly checkpointId: string | null;
  /** What should be there, as text; empty when that cannot be said. */
  readonly expected: string;
  /** What is there, as text. */
  readonly actual: string;
}
