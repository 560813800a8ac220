import { LRUCache } from "lru-cache";
import { BurstyRateLimiter, type RateLimiterAbstract, RateLimiterRes } from "rate-limiter-flexible";
import type { WalletError } from "../../ledger/wallet-error.js";
import type { RateStore } from "./rate-store.js";

/** Spans of time in which calls are counted, in whole seconds. */
export interface RateWindows {
  /** In which a caller may use its limit. */
  readonly seconds: number;
  /** In which it may once more use as much, on top of that. */
  readonly burstSeconds: number;
}

/** What a limit is made of. */
export interface RateLimitOptions {
  readonly store: RateStore;
  /** Tells its counters from those of other limits. */
  readonly name: string;
  /** How many points a key may have in a window; at least 1. The same again is its burst. */
  readonly points: number;
  readonly windows: RateWindows;
  /** The error of a key that is over the limit, for so many milliseconds from now on. */
  readonly refusal: (retryDelayMs: number) => WalletError;
}

/** Points that were taken out of a counter and are spent here. */
interface Portion {
  left: number;
  /** When the window that they are of is over, in epoch milliseconds. */
  untilMs: number;
}

// A large limit is taken out of its counter by the hundredth, so that most calls need not ask, nor wait for an answer.
const largeLimit = 1_000;
const portionsPerWindow = 100;
const portionsMax = 10_000;

/**
 * How much each of many keys may use, with a burst. A limit below 1,000 is exact; of a larger one up to a hundredth can
 * be lost by every process that shares it.
 */
export class RateLimit {
  readonly #points: number;
  readonly #portion: number;
  readonly #windowSeconds: number;
  readonly #counter: RateLimiterAbstract;
  readonly #withBurst: BurstyRateLimiter;
  readonly #refusal: (retryDelayMs: number) => WalletError;
  readonly #portions = new LRUCache<string, Portion>({ max: portionsMax });
  readonly #taking = new Map<string, Promise<void>>();

  constructor({ store, name, points, windows, refusal }: RateLimitOptions) {
    this.#points = points;
    this.#portion = points < largeLimit ? 1 : Math.floor(points / portionsPerWindow);
    this.#windowSeconds = windows.seconds;
    this.#counter = store.counter(name, points, windows.seconds);
    const burst = store.counter(`${name}:burst`, points, windows.burstSeconds);
    this.#withBurst = new BurstyRateLimiter(this.#counter, burst);
    this.#refusal = refusal;
  }

  /**
   * Takes points for a key: at once, or by a promise, which rejects with the refusal. More points than the limit are
   * given to a key that has used next to nothing of its window, which then has nothing but its burst until they would
   * have been due. They are never taken from the burst, which is as large as the limit only.
   */
  take(key: string, points: number): Promise<void> | undefined {
    return this.#portion > 1 && this.#spend(key, points) ? undefined : this.#acquire(key, points);
  }

  async #acquire(key: string, points: number): Promise<void> {
    try {
      if (points > Math.max(1, this.#untouched)) await this.#takeLarge(key, points);
      else if (this.#portion === 1) await this.#withBurst.consume(key, points);
      else await this.#untilTaken(key, points);
    } catch (thrown) {
      throw thrown instanceof RateLimiterRes ? this.#refusal(delayMsOf(thrown)) : thrown;
    }
  }

  async #takeLarge(key: string, points: number): Promise<void> {
    await this.#counter.consume(key, this.#untouched);
    this.#portions.delete(key);
    // With the one point that the call itself has taken.
    const windows = Math.ceil((points + 1) / this.#points);
    await this.#counter.block(key, windows * this.#windowSeconds);
  }

  /** What is left of a window when the call that brings many points has been the only one in it. */
  get #untouched(): number {
    return this.#points - this.#portion;
  }

  // All calls that wait for points wait for the same portion: each taking one would use up the limit and refuse the rest.
  async #untilTaken(key: string, points: number): Promise<void> {
    do {
      await (this.#taking.get(key) ?? this.#takePortion(key, Math.max(points, this.#portion)));
    } while (!this.#spend(key, points));
  }

  #takePortion(key: string, points: number): Promise<void> {
    const taking = this.#withBurst
      .consume(key, points)
      .then((taken) => this.#keep(key, points, delayMsOf(taken)))
      .finally(() => this.#taking.delete(key));
    this.#taking.set(key, taking);
    return taking;
  }

  #keep(key: string, points: number, forMs: number): void {
    const nowMs = Date.now();
    const portion = this.#portions.get(key);
    const left = portion !== undefined && portion.untilMs > nowMs ? portion.left : 0;
    this.#portions.set(key, { left: left + points, untilMs: nowMs + forMs });
  }

  #spend(key: string, points: number): boolean {
    const portion = this.#portions.get(key);
    if (portion === undefined || portion.left < points || portion.untilMs <= Date.now()) return false;
    portion.left -= points;
    return true;
  }
}

/** How long a window still lasts, in whole milliseconds, at least 1. */
export function delayMsOf({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext));
}
