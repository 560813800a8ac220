import type { CallError } from "./call-error.js";

/** Makes the spans of calls, where traces are exported. */
export interface CallTracer {
  /**
   * Begins the span of a call.
   *
   * @param traceparent the trace context that the caller sent, if it is valid.
   * @returns undefined when the caller, or chance, has decided that this trace is not recorded.
   */
  begin(method: string, traceparent: string | undefined): CallSpan | undefined;
}

/** The span of one call. */
export interface CallSpan {
  /** The trace context of whatever the call causes. */
  readonly traceparent: string;
  /** The call is answered. */
  end(ending: CallEnding): void;
}

/** What a span says of the end of its call. */
export interface CallEnding {
  /** How it failed; undefined if it did not. */
  readonly error: CallError | undefined;
  /** Whether the answer was a recorded outcome. */
  readonly replayed: boolean;
}
