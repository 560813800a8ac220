import type { WalletAddress } from "../../ledger/movement.js";
import type { Reason } from "../../ledger/reason.js";
import type { Caller } from "../access/caller.js";

/** What a call is about, as far as its handler knows; for the audit log. */
export interface Concerned {
  /** The wallets, whose holders are found with them. */
  readonly wallets?: readonly WalletAddress[];
  /** The holders that are named without a wallet. */
  readonly holderIds?: readonly string[];
  /** The id of the one thing that is read, where it is no wallet and no holder. */
  readonly resourceId?: string;
}

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
  /**
   * Tells the audit log what the call is about, in place of what it was told before. A handler that reads says it before
   * it reads, as soon as the request is in form, and again when it knows more.
   *
   * @throws OVERLOADED when too many reads of other holders' data wait to be recorded.
   */
  concerns(concerned: Concerned): void;
  /** Tells the audit log that one movement of many was refused while the call goes on. */
  refusedItem(refused: { readonly reason: Reason; readonly replayed: boolean }, concerned?: Concerned): void;
  /** Marks the answer as the recorded outcome of an earlier call with the same key. */
  setReplayed(): void;
}
