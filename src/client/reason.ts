/** The outcome of their idempotency key for good: the same request under the same key is answered with them again. */
export const recordedReasons = [
  "HOLDER_NOT_FOUND",
  "ASSET_NOT_FOUND",
  "WALLET_NOT_FOUND",
  "TRANSACTION_NOT_FOUND",
  "HOLD_NOT_FOUND",
  "JOB_NOT_FOUND",
  "PAYOUT_BATCH_NOT_FOUND",
  "ANOMALY_NOT_FOUND",
  "HOLDER_EXISTS",
  "EMAIL_TAKEN",
  "ASSET_EXISTS",
  "WALLET_EXISTS",
  "EXTERNAL_REFERENCE_USED",
  "INSUFFICIENT_FUNDS",
  "WALLET_FROZEN",
  "WALLET_CLOSED",
  "WALLET_NOT_EMPTY",
  "HOLDER_SUSPENDED",
  "ASSET_FROZEN",
  "ASSET_MISMATCH",
  "DESTINATION_UNAVAILABLE",
  "LIMIT_EXCEEDED",
  "BALANCE_OVERFLOW",
  "HOLD_RESOLVED",
  "HOLD_EXPIRED",
  "HOLD_AMOUNT_EXCEEDED",
  "NOT_REFUNDABLE",
  "REFUND_AMOUNT_EXCEEDED",
  "ALREADY_REVERSED",
  "JOB_STATE",
  "PAYOUT_BATCH_STATE",
  "ANOMALY_STATE",
  "VERSION_MISMATCH",
] as const;

/** These leave their idempotency key free. */
export const unrecordedReasons = [
  "INVALID_FIELD",
  "IDEMPOTENCY_KEY_MISSING",
  "IDEMPOTENCY_KEY_INVALID",
  "PAGE_TOKEN_INVALID",
  "SAME_WALLET",
  "LEGS_UNBALANCED",
  "PAYOUT_CSV_INVALID",
  "MALFORMED_MESSAGE",
  "TOKEN_MISSING",
  "TOKEN_INVALID",
  "TOKEN_EXPIRED",
  "ROLE_REQUIRED",
  "NOT_YOUR_WALLET",
  "OPERATION_NOT_FOUND",
  "IDEMPOTENCY_KEY_REUSED",
  "CONTENTION",
  "RATE_LIMITED",
  "OVERLOADED",
  "MESSAGE_TOO_LARGE",
  "DEADLINE_TOO_SHORT",
  "DATABASE_UNAVAILABLE",
  "SHUTTING_DOWN",
  "OUTCOME_UNKNOWN",
] as const;

/** Why a call failed. The set is the contract's. */
export type Reason = (typeof recordedReasons)[number] | (typeof unrecordedReasons)[number];

const recorded: ReadonlySet<Reason> = new Set(recordedReasons);

/** Whether this reason is kept as the outcome of the idempotency key and answered again on a retry. */
export function isRecorded(reason: Reason): boolean {
  return recorded.has(reason);
}
