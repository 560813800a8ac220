import type { CallOptions } from "@connectrpc/connect";

/** Call options that carry an idempotency key, and afterwards say how the call was answered. */
export interface KeyedCall extends CallOptions {
  /** Whether the answer is the recorded outcome of an earlier call, or attempt, with this key. Undefined before it. */
  readonly replayed: boolean | undefined;
  /** The `x-request-id` of the answer. Undefined before it. */
  readonly requestId: string | undefined;
}

/**
 * Options for one call that names its own idempotency key: 1 to 255 visible ASCII characters. Give each request its
 * own, and the same one when it is sent again. What a refusal says about replays is in the `WalletApiError`.
 */
export function keyed(key: string, options: CallOptions = {}): KeyedCall {
  const headers = new Headers(options.headers);
  headers.set("idempotency-key", key);
  let answer: Headers | undefined;
  return {
    ...options,
    headers,
    onHeader(received) {
      answer = received;
      options.onHeader?.(received);
    },
    get replayed() {
      return answer && answer.get("idempotency-replayed") === "true";
    },
    get requestId() {
      return answer?.get("x-request-id") ?? undefined;
    },
  };
}
