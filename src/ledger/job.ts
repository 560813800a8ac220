/** From PENDING to RUNNING, and from either to COMPLETED or FAILED, which are final. */
export type JobState = "PENDING" | "RUNNING" | "COMPLETED" | "FAILED";

/** Work that a spend has paid for. */
export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly holderId: string;
  readonly walletId: string;
  readonly asset: string;
  /** What the spend paid, in the asset's smallest units; positive. */
  readonly cost: bigint;
  /** The spend. */
  readonly transactionId: string;
  /** The refund that gave the cost back, or null. */
  readonly refundTransactionId: string | null;
  readonly payload: Readonly<Record<string, string>>;
  readonly result: Readonly<Record<string, string>>;
  readonly failureReason: string;
  /** In microseconds since 1970, as all times. */
  readonly createTime: bigint;
  readonly startTime: bigint | null;
  readonly endTime: bigint | null;
}
