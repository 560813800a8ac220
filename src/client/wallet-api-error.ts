import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { isRecorded, type Reason } from "./reason.js";

/** One wrong field of a request. */
export interface FieldViolation {
  /** The field's path in the request message, for example `amount.units`. */
  readonly field: string;
  /** What is wrong with it and what would be right. */
  readonly description: string;
}

/** What all attempts of one call have in common. */
export interface CallIdentity {
  /** The RPC. */
  readonly method: DescMethod;
  /** The key that every attempt carries; undefined on RPCs that take none. */
  readonly idempotencyKey: string | undefined;
}

/** What is known about a failure besides its status. */
export interface FailureContext {
  /** How the attempt before this one failed, if there was one. */
  readonly earlier?: WalletApiError | undefined;
  /** Set if the call ended without another request: given up in a pause, its client closed, or no token to be had. */
  readonly unsent?: boolean;
}

/** How a call failed. The message is the service's sentence, or the transport's when nobody answered. */
export class WalletApiError extends Error {
  override name = "WalletApiError";
  /** The status code. */
  readonly code: Code;
  /** Why the service refused; undefined for a status that the service did not decide, such as a broken connection. */
  readonly reason: Reason | undefined;
  /** Every figure of the message as text, for example `shortfall_units`; empty without a reason. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The wrong fields; only with `INVALID_FIELD` and its relatives. */
  readonly fieldViolations: readonly FieldViolation[];
  /** How long the service asks to wait before the next attempt, in milliseconds; undefined if it does not say. */
  readonly retryDelayMs: number | undefined;
  /** The `x-request-id` of the last attempt; undefined if nobody answered it. */
  readonly requestId: string | undefined;
  /** The key of the call, made or given: what a later retry and `GetOperation` need. Undefined on reads. */
  readonly idempotencyKey: string | undefined;
  /** Whether this is the recorded outcome of an earlier call, or attempt, with the same key. */
  readonly replayed: boolean;
  /** Whether the same request with the same key can be sent again, and may then end otherwise. */
  readonly safeToRetry: boolean;
  /**
   * Whether value may have moved all the same. False means that nothing did. Of reads it is always false, and of
   * `ExecuteStream`, whose items have an outcome each, always true.
   */
  readonly mayHaveMoved: boolean;

  /**
   * @param status what the transport reported.
   * @param call the call that failed.
   */
  constructor(status: ConnectError, call: CallIdentity, context: FailureContext = {}) {
    super(status.rawMessage, { cause: status });
    const info = status.findDetails(ErrorInfoSchema).find(({ domain }) => domain === "wallet.v1");
    const [badRequest] = status.findDetails(BadRequestSchema);
    this.code = status.code;
    this.reason = info?.reason as Reason | undefined;
    this.metadata = info?.metadata ?? {};
    this.fieldViolations = badRequest?.fieldViolations.map(toViolation) ?? [];
    this.retryDelayMs = retryDelayMsOf(status);
    this.requestId = status.metadata.get("x-request-id") ?? undefined;
    this.idempotencyKey = call.idempotencyKey;
    this.replayed = status.metadata.get("idempotency-replayed") === "true";
    this.safeToRetry = isSafeToRetry(this.code, this.reason);
    this.mayHaveMoved = mayHaveMoved(call.method, this.reason, context);
  }
}

function toViolation({ field, description }: FieldViolation): FieldViolation {
  return { field, description };
}

function retryDelayMsOf(status: ConnectError): number | undefined {
  const delay = status.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay && Number(delay.seconds) * 1_000 + delay.nanos / 1_000_000;
}

const passing: ReadonlySet<Reason> = new Set<Reason>(["CONTENTION", "OVERLOADED", "RATE_LIMITED"]);

function isSafeToRetry(code: Code, reason: Reason | undefined): boolean {
  if (reason === undefined || passing.has(reason)) return true;
  return code === Code.Unavailable || code === Code.DeadlineExceeded;
}

function mayHaveMoved(
  { idempotency, methodKind }: DescMethod,
  reason: Reason | undefined,
  { earlier, unsent = false }: FailureContext,
): boolean {
  if (unsent) return earlier?.mayHaveMoved ?? false;
  if (idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS) return false;
  // Such a stream carries many movements, each with its own key, and its end says nothing about those before it.
  if (methodKind === "bidi_streaming") return true;
  if (reason === undefined || reason === "OUTCOME_UNKNOWN") return true;
  // What became of an attempt that nobody answered is told by a recorded outcome of its key, and by nothing else.
  return earlier?.mayHaveMoved === true && !isRecorded(reason);
}
