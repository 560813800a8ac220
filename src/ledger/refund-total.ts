import type { Transaction, TransactionType } from "./transaction.js";

/** What was given back of a transaction. It is changed only under the locks of that transaction's wallets. */
export interface RefundTotal {
  /** The transaction that was refunded or reversed. */
  readonly transactionId: string;
  /** What can be given back at most, in the asset's smallest units. */
  readonly amount: bigint;
  /** What all refunds together have given back; at most `amount`. */
  readonly refunded: bigint;
  /** The reversal that undid it, or null. */
  readonly reversedBy: string | null;
}

/** The types of transaction that can be given back in part: the payer and the receiver are one wallet each. */
const refundableTypes: ReadonlySet<TransactionType> = new Set(["SPEND", "WITHDRAWAL", "TRANSFER", "PAYOUT"]);

/** Whether a transaction of this type and state can be refunded at all. */
export function isRefundable({ type, state }: Pick<Transaction, "type" | "state">): boolean {
  return state === "POSTED" && refundableTypes.has(type);
}

/** The total of a transaction of which nothing was given back yet. Its amount is 0 when it cannot be refunded. */
export function newRefundTotal(transaction: Transaction): RefundTotal {
  const amount = isRefundable(transaction) ? (transaction.amount ?? 0n) : 0n;
  return { transactionId: transaction.id, amount, refunded: 0n, reversedBy: null };
}

/** What can still be given back, in the asset's smallest units. Nothing once it was reversed. */
export function refundableOf({ amount, refunded, reversedBy }: RefundTotal): bigint {
  return reversedBy === null ? amount - refunded : 0n;
}
