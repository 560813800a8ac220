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
