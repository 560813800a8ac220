import { setTimeout } from "node:timers/promises";
import { WalletError } from "../../ledger/wallet-error.js";
import type { Metrics } from "../../metrics.js";
import type { Caller } from "../access/caller.js";
import type { RateClass } from "../access/rate-class.js";
import { type CallerKind, kindOf } from "./caller-kind.js";
import { RateLimit, type RateWindows } from "./rate-limit.js";
import type { RateStore } from "./rate-store.js";

/** How many calls a caller may make in a second, by what it is and what it calls; 0 is no limit. */
export type CallRates = Readonly<Record<CallerKind, Readonly<Record<RateClass, number>>>>;

/** The usual windows. */
export const usualWindows: RateWindows = { seconds: 1, burstSeconds: 10 };

/** Holds every caller to its limits. */
export class RateLimits {
  readonly #limits: Readonly<Record<CallerKind, Readonly<Record<RateClass, RateLimit | null>>>>;

  constructor(options: { rates: CallRates; windows: RateWindows; store: RateStore; metrics: Metrics }) {
    const limit = (kind: CallerKind, rateClass: RateClass) => openLimit(kind, rateClass, options);
    const limits = (kind: CallerKind) => ({
      reads: limit(kind, "reads"),
      movements: limit(kind, "movements"),
      admin: limit(kind, "admin"),
    });
    this.#limits = { holder: limits("holder"), service: limits("service") };
  }

  /**
   * Counts a call, or the movements that it brings. Returns nothing when it may go on at once; otherwise a promise to
   * wait for, which rejects with RATE_LIMITED when the caller has used up its limit.
   */
  take(caller: Caller, rateClass: RateClass, points = 1): Promise<void> | undefined {
    return this.#limits[kindOf(caller)][rateClass]?.take(caller.id, points);
  }

  /**
   * Counts a movement of a stream, and slows the stream down where a call would be refused. Returns nothing when it may
   * go on at once; the promise rejects when the signal aborts.
   */
  pace(caller: Caller, signal: AbortSignal): Promise<void> | undefined {
    const taking = this.take(caller, "movements");
    return taking?.catch(async (error: unknown) => {
      if (!(error instanceof WalletError)) throw error;
      await setTimeout(error.retryDelayMs, undefined, { signal });
      await this.pace(caller, signal);
    });
  }
}

function openLimit(
  kind: CallerKind,
  rateClass: RateClass,
  { rates, windows, store, metrics }: ConstructorParameters<typeof RateLimits>[0],
): RateLimit | null {
  const points = rates[kind][rateClass];
  if (points === 0) return null;
  const refusal = (retryDelayMs: number) => {
    metrics.rateLimited.inc({ class: rateClass, kind });
    return overLimit({ kind, rateClass, points, windows }, retryDelayMs);
  };
  return new RateLimit({ store, name: `${kind}:${rateClass}`, points, windows, refusal });
}

function overLimit(
  limit: { kind: CallerKind; rateClass: RateClass; points: number; windows: RateWindows },
  retryDelayMs: number,
): WalletError {
  const { kind, rateClass, points, windows } = limit;
  return new WalletError(
    "RATE_LIMITED",
    `the limit of a ${kind} is ${points} ${rateClass} in ${windows.seconds} s, and once more as many in ` +
      `${windows.burstSeconds} s; nothing was done, try again in ${retryDelayMs} ms`,
    {
      metadata: {
        class: rateClass,
        kind,
        limit: `${points}`,
        window_seconds: `${windows.seconds}`,
        burst_window_seconds: `${windows.burstSeconds}`,
        retry_delay_ms: `${retryDelayMs}`,
      },
      retryDelayMs,
    },
  );
}
