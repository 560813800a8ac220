/** The kinds of transaction, as the contract names them. */
export const transactionTypes = [
  "TOP_UP",
  "WITHDRAWAL",
  "SPEND",
  "BONUS",
  "TRANSFER",
  "REFUND",
  "REVERSAL",
  "ADJUSTMENT",
  "CAPTURE",
  "PAYOUT",
  "COMPOUND",
] as const;
export type TransactionType = (typeof transactionTypes)[number];

/**
 * The transactions whose debits of a holder's wallet are limited. Corrections (reversals and adjustments) are not, nor
 * is the refund of what was received: a limit is to stop a holder's spending, not the undoing of it.
 */
export const limitedTypes: readonly TransactionType[] = [
  "TRANSFER",
  "SPEND",
  "WITHDRAWAL",
  "CAPTURE",
  "PAYOUT",
  "COMPOUND",
];

/** POSTED moved value; REFUSED moved nothing and says why. Neither ever changes. */
export type TransactionState = "POSTED" | "REFUSED";

/** One asset given for another within a transaction. */
export interface Exchange {
  readonly soldAsset: string;
  /** What the FX wallet of the sold asset receives; positive. */
  readonly sold: bigint;
  readonly boughtAsset: string;
  /** What the FX wallet of the bought asset gives out; positive. */
  readonly bought: bigint;
  /** Units bought for one unit sold, as a decimal number with at most 18 places, rounded down. */
  readonly rate: string;
}

/** What a transaction says it moves, which is known before anything is decided. */
export interface Outline {
  readonly type: TransactionType;
  /** The asset of the amount; null when several assets move. */
  readonly asset: string | null;
  /** Positive, for source and destination say the direction; null when there is no one amount. */
  readonly amount: bigint | null;
  /** The wallet that value leaves; null when there are several. */
  readonly sourceWalletId: string | null;
  /** The wallet that value reaches; null when there are several. */
  readonly destinationWalletId: string | null;
  /** What a refund or reversal answers. */
  readonly originalTransactionId: string | null;
  /** The hold that a capture takes from. */
  readonly holdId: string | null;
  /** The job that it pays for or gives back. */
  readonly jobId: string | null;
  readonly exchanges: readonly Exchange[];
}

/** A final record of one movement of value, or of one refused attempt. */
export interface Transaction extends Outline {
  readonly id: string;
  readonly state: TransactionState;
  /** The batch that it was asked for in. */
  readonly batchId: string | null;
  readonly refusedReason: string | null;
  /** The caller's own permanent name for it, unique per asset and type. Empty when there is none. */
  readonly externalReference: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** The caller: issuer, role and subject. */
  readonly initiatedBy: string;
  /** The holder a service acted for. Empty when the caller acted for itself. */
  readonly onBehalfOf: string;
  readonly requestId: string;
  /** When the service took it up, by the database's clock, in microseconds since 1970. */
  readonly createTime: bigint;
  /** When it was posted, or null when it was refused. Never earlier than the wallets' posting before. */
  readonly postTime: bigint | null;
}

/** One wallet's side of a transaction. Numbered per wallet, without gaps, each chained to the one before. */
export interface Posting {
  readonly walletId: string;
  readonly postingSeq: bigint;
  readonly transactionId: string;
  readonly asset: string;
  /** Positive for a credit, negative for a debit. */
  readonly amount: bigint;
  readonly balanceAfter: bigint;
  readonly heldAfter: bigint;
  readonly availableAfter: bigint;
  /** The wallet's version after this posting. */
  readonly version: bigint;
  readonly postTime: bigint;
  /** sha256 over the previous posting's hash and this posting. */
  readonly hash: Buffer;
}
