import type { DescMessage, Message } from "@bufbuild/protobuf";
import type { Code } from "../../gen/google/rpc/code_pb.js";
import type { Reason } from "../../ledger/reason.js";

/** One typed detail of an error; each listener encodes it in its own way. */
export interface ErrorDetail {
  /** The type of the detail. */
  readonly desc: DescMessage;
  /** The detail itself. */
  readonly value: Message;
}

/** What a `CallError` is made of. */
export interface CallErrorInit {
  /** The status code that the caller receives. */
  code: Code;
  /** The reason in the ErrorInfo; undefined when the error says nothing about what happened. */
  reason?: Reason | undefined;
  /** How long the caller is told to wait, in milliseconds. */
  retryDelayMs?: number | undefined;
  /** The details that the caller receives. */
  details?: readonly ErrorDetail[];
  /** What went wrong underneath. It is logged and never sent. */
  cause?: unknown;
}

/** How a call failed, in the form that every listener can encode. */
export class CallError extends Error {
  override name = "CallError";
  readonly code: Code;
  readonly reason: Reason | undefined;
  readonly retryDelayMs: number | undefined;
  readonly details: readonly ErrorDetail[];

  constructor(message: string, { code, reason, retryDelayMs, details = [], cause }: CallErrorInit) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.reason = reason;
    this.retryDelayMs = retryDelayMs;
    this.details = details;
  }
}
