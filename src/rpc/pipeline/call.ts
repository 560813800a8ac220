import type { Caller } from "../access/caller.js";

/** What a handler knows about the call besides the request message. */
export interface Call {
  /** The RPC, for example `wallet.v1.WalletService/Transfer`. */
  readonly method: string;
  /** Who is calling. */
  readonly caller: Caller;
  /** The idempotency key; empty on RPCs that take none. */
  readonly idempotencyKey: string;
  /** The caller's `x-request-id`, or one made here. */
  readonly requestId: string;
  /** The W3C trace context, if the caller sent a valid one. */
  readonly traceparent: string | undefined;
  /** When the caller stops waiting, in epoch milliseconds; undefined if it waits for ever. */
  readonly deadlineMs: number | undefined;
  /** The address of the other end of the connection. */
  readonly peer: string;
  /**
   * Aborts when nobody waits any more (the caller went away, or its deadline passed), or when shutdown begins. Its
   * reason is an error to throw as it is; at shutdown it is the WalletError `SHUTTING_DOWN`.
   */
  readonly signal: AbortSignal;
  /** Marks the answer as the recorded outcome of an earlier call with the same key. */
  setReplayed(): void;
}
