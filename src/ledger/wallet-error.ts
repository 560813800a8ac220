import type { Reason } from "./reason.js";

/** One wrong field of a request. */
export interface FieldViolation {
  /** The field's path in the request message, for example `amount.units`. */
  field: string;
  /** What is wrong with it and what would be right. */
  description: string;
}

/** What an error carries besides its reason and its sentence. */
export interface WalletErrorDetails {
  /** Every value that the message names, as text, under a stable key. */
  metadata?: Record<string, string>;
  /** The wrong fields; only with `INVALID_FIELD` and its relatives. */
  violations?: FieldViolation[];
  /** How long the caller should wait before it tries again with the same key, in milliseconds. */
  retryDelayMs?: number;
  /** The transaction that records the refusal. */
  transactionId?: string;
  /** What went wrong underneath. It is logged and never sent. */
  cause?: unknown;
}

/**
 * The one error of the domain. It means that nothing moved, with the single exception of `OUTCOME_UNKNOWN`.
 *
 * The message is a sentence for the caller: what was wrong, which value, what to do next.
 */
export class WalletError extends Error {
  override name = "WalletError";
  readonly reason: Reason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
  readonly retryDelayMs: number | undefined;
  /** The id of the transaction that records the refusal. Empty when there is none. */
  readonly transactionId: string;
  /** Whether this is the recorded outcome of an earlier call with the same idempotency key. */
  readonly replayed: boolean;

  constructor(reason: Reason, message: string, details: WalletErrorDetails = {}, replayed = false) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.metadata = details.metadata ?? {};
    this.violations = details.violations ?? [];
    this.retryDelayMs = details.retryDelayMs;
    this.transactionId = details.transactionId ?? "";
    this.replayed = replayed;
  }
}
