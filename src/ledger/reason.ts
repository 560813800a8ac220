/**
 * Every reason a call can fail for, with the rule for replays: a *recorded* reason was decided under the locks
 * and is the outcome of its idempotency key for good; any other reason leaves the key free.
 *
 * The set is closed and is the contract's error table. A reason that is missing here cannot be thrown.
 */
const reasons = {
  INVALID_FIELD: { recorded: false },
  IDEMPOTENCY_KEY_MISSING: { recorded: false },
  IDEMPOTENCY_KEY_INVALID: { recorded: false },
  PAGE_TOKEN_INVALID: { recorded: false },
  SAME_WALLET: { recorded: false },
  LEGS_UNBALANCED: { recorded: false },
  PAYOUT_CSV_INVALID: { recorded: false },
  MALFORMED_MESSAGE: { recorded: false },
  TOKEN_MISSING: { recorded: false },
  TOKEN_INVALID: { recorded: false },
  TOKEN_EXPIRED: { recorded: false },
  ROLE_REQUIRED: { recorded: false },
  NOT_YOUR_WALLET: { recorded: false },
  HOLDER_NOT_FOUND: { recorded: true },
  ASSET_NOT_FOUND: { recorded: true },
  WALLET_NOT_FOUND: { recorded: true },
  TRANSACTION_NOT_FOUND: { recorded: true },
  HOLD_NOT_FOUND: { recorded: true },
  JOB_NOT_FOUND: { recorded: true },
  PAYOUT_BATCH_NOT_FOUND: { recorded: true },
  ANOMALY_NOT_FOUND: { recorded: true },
  OPERATION_NOT_FOUND: { recorded: false },
  HOLDER_EXISTS: { recorded: true },
  EMAIL_TAKEN: { recorded: true },
  ASSET_EXISTS: { recorded: true },
  WALLET_EXISTS: { recorded: true },
  EXTERNAL_REFERENCE_USED: { recorded: true },
  IDEMPOTENCY_KEY_REUSED: { recorded: false },
  INSUFFICIENT_FUNDS: { recorded: true },
  WALLET_FROZEN: { recorded: true },
  WALLET_CLOSED: { recorded: true },
  WALLET_NOT_EMPTY: { recorded: true },
  HOLDER_SUSPENDED: { recorded: true },
  ASSET_FROZEN: { recorded: true },
  ASSET_MISMATCH: { recorded: true },
  DESTINATION_UNAVAILABLE: { recorded: true },
  LIMIT_EXCEEDED: { recorded: true },
  BALANCE_OVERFLOW: { recorded: true },
  HOLD_RESOLVED: { recorded: true },
  HOLD_EXPIRED: { recorded: true },
  HOLD_AMOUNT_EXCEEDED: { recorded: true },
  NOT_REFUNDABLE: { recorded: true },
  REFUND_AMOUNT_EXCEEDED: { recorded: true },
  ALREADY_REVERSED: { recorded: true },
  JOB_STATE: { recorded: true },
  PAYOUT_BATCH_STATE: { recorded: true },
  ANOMALY_STATE: { recorded: true },
  VERSION_MISMATCH: { recorded: true },
  CONTENTION: { recorded: false },
  RATE_LIMITED: { recorded: false },
  OVERLOADED: { recorded: false },
  MESSAGE_TOO_LARGE: { recorded: false },
  DEADLINE_TOO_SHORT: { recorded: false },
  DATABASE_UNAVAILABLE: { recorded: false },
  SHUTTING_DOWN: { recorded: false },
  OUTCOME_UNKNOWN: { recorded: false },
} as const;

/** Why a call failed; the `reason` of the `google.rpc.ErrorInfo` that the caller receives. */
export type Reason = keyof typeof reasons;

/** All reasons, in the order of the contract's table. */
export const allReasons = Object.keys(reasons) as Reason[];

/** Whether this reason is kept as the outcome of the idempotency key and answered again on a retry. */
export function isRecorded(reason: Reason): boolean {
  return reasons[reason].recorded;
}
