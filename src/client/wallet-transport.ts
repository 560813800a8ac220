import { randomUUID } from "node:crypto";
import { create, type DescMethod, toBinary } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { ConnectError, type Transport } from "@connectrpc/connect";
import { attemptUntilSettled, type RetryPolicy } from "./retry.js";
import { type CallIdentity, WalletApiError } from "./wallet-api-error.js";

/**
 * A JWT, or what gives one. It is asked before every attempt, so that a retry does not carry an expired one, and ends
 * by itself: neither the call's time nor its signal ends it.
 */
export type TokenSource = string | (() => string | Promise<string>);

/** What `walletTransport` adds to a transport. */
export interface WalletTransportOptions {
  /** Undefined: calls carry no token. */
  readonly token: TokenSource | undefined;
  /** How long a unary call lasts that sets no time of its own, all attempts included, in milliseconds. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  /** Aborted when the client is closed. */
  readonly closed: AbortSignal;
}

/**
 * A transport that sends the token and an idempotency key, tries unary calls again, and fails with `WalletApiError`.
 * A request that cannot be encoded is no status and fails as it is; so does what a token function throws before the
 * first attempt. What it throws later comes as a `WalletApiError` with the key of the attempts that were sent.
 *
 * Connect's interceptors cannot do this: what they throw becomes a ConnectError, and all their attempts would tell the
 * service the deadline of the first.
 */
export function walletTransport(inner: Transport, options: WalletTransportOptions): Transport {
  const { token, retry, closed } = options;
  return {
    async unary(method, signal, timeoutMs = options.timeoutMs, header, input, contextValues) {
      const headers = new Headers(header);
      const call = identify(method, headers);
      assertOpen(closed, call);
      const message = create(method.input, input);
      // Encoded once more below; but there a request that cannot be encoded looks like one whose answer was lost.
      toBinary(method.input, message);
      const deadlineMs = timeoutMs > 0 ? performance.now() + timeoutMs : Number.POSITIVE_INFINITY;
      const signals = [signal, closed].filter((one) => one !== undefined);
      return attemptUntilSettled(call, retry, { deadlineMs, signals }, async (attemptTimeoutMs) => {
        await authorize(headers, token);
        return inner.unary(method, signal, attemptTimeoutMs, headers, message, contextValues);
      });
    },
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      const headers = new Headers(header);
      const call = identify(method, headers);
      assertOpen(closed, call);
      await authorize(headers, token);
      try {
        const response = await inner.stream(method, signal, timeoutMs, headers, input, contextValues);
        return { ...response, message: withApiErrors(response.message, call) };
      } catch (thrown) {
        throw new WalletApiError(ConnectError.from(thrown), call);
      }
    },
  };
}

/** Reads the call's idempotency key; makes one if the RPC needs one and the caller gave none. */
function identify(method: DescMethod, headers: Headers): CallIdentity {
  const needsKey = method.idempotency === MethodOptions_IdempotencyLevel.IDEMPOTENT;
  if (needsKey && !headers.has("idempotency-key")) headers.set("idempotency-key", randomUUID());
  return { method, idempotencyKey: headers.get("idempotency-key") ?? undefined };
}

function assertOpen(closed: AbortSignal, call: CallIdentity): void {
  if (!closed.aborted) return;
  throw new WalletApiError(ConnectError.from(closed.reason), call, { unsent: true });
}

async function authorize(headers: Headers, token: TokenSource | undefined): Promise<void> {
  if (token === undefined) return;
  headers.set("authorization", `Bearer ${typeof token === "string" ? token : await token()}`);
}

async function* withApiErrors<T>(messages: AsyncIterable<T>, call: CallIdentity): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (thrown) {
    throw new WalletApiError(ConnectError.from(thrown), call);
  }
}
