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

/** POSTED moved value; REFUSED moved nothing and says why. Neither ever changes. */
export type TransactionState = "POSTED" | "REFUSED";

/** A final record of one movement of value, or of one refused attempt. */
export interface Transaction {
  readonly id: string;
  readonly type: TransactionType;
  readonly state: TransactionState;
  readonly asset: string;
  /** Always positive; source and destination say the direction. */
  readonly amount: bigint;
  readonly sourceWalletId: string;
  readonly destinationWalletId: string;
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
