import type { RateLimiterAbstract } from "rate-limiter-flexible";
import { WalletError } from "../../ledger/wallet-error.js";
import type { Metrics } from "../../metrics.js";
import { peerBlock } from "./address-block.js";
import { delayMsOf } from "./rate-limit.js";
import type { RateStore } from "./rate-store.js";

/** The verifications that are under way for one address, and those that wait for their turn. */
interface Turns {
  underWay: number;
  readonly waiting: (() => void)[];
}

/** What the limit is made of. */
export interface UnauthenticatedOptions {
  readonly store: RateStore;
  /** How many attempts of an address may fail in a window; at least 1. */
  readonly failuresMax: number;
  readonly windowSeconds: number;
  readonly metrics: Metrics;
}

/**
 * Limits what an address may try without being let in. Only failures count, so that any number of callers may come
 * through one gateway; and no more are verified at once than may fail, so that what fails is known in time.
 */
export class UnauthenticatedLimit {
  readonly #options: UnauthenticatedOptions;
  readonly #failures: RateLimiterAbstract;
  readonly #turns = new Map<string, Turns>();

  constructor(options: UnauthenticatedOptions) {
    const { store, failuresMax, windowSeconds } = options;
    this.#options = options;
    this.#failures = store.counter("address:unauthenticated", failuresMax, windowSeconds);
  }

  /**
   * Makes an attempt to authenticate, unless too many of this address have failed.
   *
   * @param peer the address and port of the other end of the connection.
   * @throws RATE_LIMITED without having verified anything; or what `verify` throws.
   */
  async attempt<T>(peer: string, verify: () => Promise<T>): Promise<T> {
    const address = peerBlock(peer);
    await this.#begin(address);
    try {
      await this.#assertNotSpent(address);
      return await this.#counted(address, verify);
    } finally {
      this.#end(address);
    }
  }

  async #assertNotSpent(address: string): Promise<void> {
    const failures = await this.#failures.get(address);
    if (failures === null || failures.remainingPoints > 0) return;
    this.#options.metrics.rateLimited.inc({ class: "unauthenticated", kind: "address" });
    throw tooMany(this.#options, delayMsOf(failures));
  }

  /** A failure that is not the caller's, such as keys that cannot be had, is not held against its address. */
  async #counted<T>(address: string, verify: () => Promise<T>): Promise<T> {
    try {
      return await verify();
    } catch (error) {
      if (error instanceof WalletError) await this.#failures.penalty(address);
      throw error;
    }
  }

  async #begin(address: string): Promise<void> {
    const turns = this.#turns.get(address) ?? { underWay: 0, waiting: [] };
    this.#turns.set(address, turns);
    if (turns.underWay < this.#options.failuresMax) turns.underWay += 1;
    else await new Promise<void>((resolve) => turns.waiting.push(resolve));
  }

  /** Hands the turn on to the one who has waited longest. */
  #end(address: string): void {
    const turns = this.#turns.get(address);
    if (turns === undefined) return;
    const next = turns.waiting.shift();
    if (next === undefined) turns.underWay -= 1;
    else next();
    if (turns.underWay === 0) this.#turns.delete(address);
  }
}

function tooMany({ failuresMax, windowSeconds }: UnauthenticatedOptions, retryDelayMs: number): WalletError {
  return new WalletError(
    "RATE_LIMITED",
    `more than ${failuresMax} calls in ${windowSeconds} s came from this address without a valid token; ` +
      `try again in ${retryDelayMs} ms`,
    {
      metadata: {
        class: "unauthenticated",
        kind: "address",
        limit: `${failuresMax}`,
        window_seconds: `${windowSeconds}`,
        retry_delay_ms: `${retryDelayMs}`,
      },
      retryDelayMs,
    },
  );
}
