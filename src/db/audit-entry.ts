/** Who did what, with which result. */
export interface AuditEntry {
  /** A UUIDv7. Where it is that of the transaction, the entry names no holders and wallets: the transaction has them. */
  readonly id: string;
  /** What was done; a refusal is one whatever was asked for. */
  readonly kind: "MOVEMENT" | "REFUSAL" | "ADMINISTRATION" | "READ";
  readonly caller: string;
  readonly onBehalfOf: string;
  /** The address that the call came from; empty when the service itself acted. */
  readonly remoteAddress: string;
  readonly method: string;
  /** The reason it was refused for; null when it was done. */
  readonly errorReason: string | null;
  /** The holders concerned, as far as they were named. Those of the wallets are added as it is written. */
  readonly holderIds: readonly string[];
  /** The wallets concerned. */
  readonly walletIds: readonly string[];
  /** The transaction that came of it; null when there is none. */
  readonly transactionId: string | null;
  /** The holder, wallet, asset or hold it was done to; empty for a transaction. */
  readonly resourceId: string;
  /** What the caller gave as the reason. */
  readonly reason: string;
  readonly requestId: string;
  readonly time: bigint;
}
