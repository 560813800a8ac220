import { setTimeout } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { type CallIdentity, WalletApiError } from "./wallet-api-error.js";

/** How a call is tried again. Every attempt of a call carries the same idempotency key. */
export interface RetryPolicy {
  /** Attempts in all, the first one included, at least 1. 1 means that nothing is tried again. Unset: 5. */
  readonly attemptsMax: number;
  /** How long one attempt waits for its answer, in milliseconds. Unset: 10,000. */
  readonly attemptTimeoutMs: number;
  /** The pause before the second attempt, in milliseconds; it doubles with each further one. Unset: 50. */
  readonly delayMsBase: number;
  /** What that pause grows to at most, in milliseconds. Unset: 2,000. */
  readonly delayMsMax: number;
}

const defaults: RetryPolicy = {
  attemptsMax: 5,
  attemptTimeoutMs: 10_000,
  delayMsBase: 50,
  delayMsMax: 2_000,
};

/** What ends all attempts of one call together. */
export interface Bounds {
  /** On the clock of `performance.now()`; infinite if the caller waits for ever. */
  readonly deadlineMs: number;
  /** Each of them ends the call when it is aborted. */
  readonly signals: readonly AbortSignal[];
}

/** The policy with its defaults. @throws RangeError when a number in it is not a possible one. */
export function retryPolicyOf(options: Partial<RetryPolicy> = {}): RetryPolicy {
  const policy = { ...defaults, ...options };
  for (const [name, value] of Object.entries(policy)) {
    const least = name.startsWith("delay") ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new RangeError(`retry.${name} must be a whole number of at least ${least}, and is ${value}`);
    }
  }
  return policy;
}

/**
 * Makes attempts until one succeeds, fails for good, or the bounds are reached.
 *
 * @param attempt makes one, and takes the milliseconds that it may last.
 * @throws WalletApiError how the last attempt failed; whatever the first `attempt` throws that is no status, as it is.
 */
export async function attemptUntilSettled<T>(
  call: CallIdentity,
  policy: RetryPolicy,
  bounds: Bounds,
  attempt: (timeoutMs: number) => Promise<T>,
): Promise<T> {
  let failure: WalletApiError | undefined;
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt(Math.ceil(Math.max(1, Math.min(policy.attemptTimeoutMs, leftMs(bounds)))));
    } catch (thrown) {
      // Anything else was thrown before this request left: there was no token for it. An earlier one may be in doubt.
      if (!(thrown instanceof ConnectError)) {
        if (failure === undefined) throw thrown;
        throw new WalletApiError(ConnectError.from(thrown), call, { earlier: failure, unsent: true });
      }
      failure = new WalletApiError(thrown, call, { earlier: failure });
    }
    const over = attempts >= policy.attemptsMax || bounds.signals.some(({ aborted }) => aborted);
    if (over || !failure.safeToRetry) throw failure;
    const delayMs = delayMsAfter(attempts, policy, failure);
    // The last failure says more than a deadline that passes in a pause.
    if (delayMs >= leftMs(bounds)) throw failure;
    await pause(delayMs, bounds.signals).catch((reason: unknown) => {
      const canceled = ConnectError.from(reason, Code.Canceled);
      throw new WalletApiError(canceled, call, { earlier: failure, unsent: true });
    });
  }
}

const leftMs = ({ deadlineMs }: Bounds): number => deadlineMs - performance.now();

// Never sooner than the service asks, and never all callers at the same moment.
function delayMsAfter(attempts: number, policy: RetryPolicy, { retryDelayMs = 0 }: WalletApiError): number {
  const backoffMs = Math.min(policy.delayMsMax, policy.delayMsBase * 2 ** (attempts - 1));
  return retryDelayMs + backoffMs * (0.5 + Math.random() / 2);
}

/** Rejects with the reason of the first signal that is aborted before the time is over. */
async function pause(delayMs: number, signals: readonly AbortSignal[]): Promise<void> {
  // Not AbortSignal.any: one of the signals lives as long as the client, and would keep an entry for every pause.
  const given = new AbortController();
  const giveUp = (): void => given.abort();
  for (const signal of signals) signal.addEventListener("abort", giveUp);
  try {
    await setTimeout(delayMs, undefined, { signal: given.signal });
  } catch {
    throw signals.find(({ aborted }) => aborted)?.reason;
  } finally {
    for (const signal of signals) signal.removeEventListener("abort", giveUp);
  }
}
