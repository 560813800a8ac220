import { Lease } from "./lease.js";
import type { EngineLimits } from "./limits.js";
import { Rounds } from "./rounds.js";
import { type SweepContext, sweepExpired } from "./sweep.js";

/** The bounds of the sweeper. */
export interface SweeperLimits {
  /** The pause between two rounds, in milliseconds. There is none while more holds are due than one round releases. */
  readonly intervalMs: number;
  /** How long one process keeps the sweeping to itself after each round it begins, in milliseconds. */
  readonly leaseMs: number;
  /** How many holds one round releases at most. */
  readonly holdsMax: number;
}

export const defaultSweeperLimits: SweeperLimits = Object.freeze({
  intervalMs: 1_000,
  leaseMs: 15_000,
  holdsMax: 1_000,
});

/** Told of what the sweeper does, for the metrics and the log. */
export interface SweeperObserver {
  /** A round is over and has released this many holds. */
  swept(expiredHolds: number): void;
  /** A round, or a part of it, has failed. The next one tries again. */
  failed(error: unknown): void;
}

/**
 * Releases expired holds in the background, in one process of those that serve a database. Balances are right without
 * it: what it does is to tell those who follow wallets, and to keep the holds that are due few.
 */
export class Sweeper {
  readonly #context: SweepContext;
  readonly #limits: SweeperLimits;
  readonly #observer: SweeperObserver;
  readonly #lease: Lease;
  readonly #rounds: Rounds;

  constructor(
    context: SweepContext & { readonly limits: EngineLimits },
    limits: SweeperLimits,
    observer: SweeperObserver,
  ) {
    this.#context = context;
    this.#limits = limits;
    this.#observer = observer;
    this.#lease = new Lease(context.database, context.limits, "hold_expiry", limits.leaseMs);
    this.#rounds = new Rounds({
      pauseMs: limits.intervalMs,
      round: () => this.#round(),
      // Without the database the lease ends by itself.
      ended: () => this.#lease.release(),
    });
  }

  start(): void {
    this.#rounds.start();
  }

  /** Ends the round that is under way, gives the lease up, and resolves. It may be called again. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** Returns whether the next round should follow at once. The lease is renewed before each, or nothing is done. */
  async #round(): Promise<boolean> {
    try {
      if (!(await this.#lease.take())) return false;
      const { expiredHolds, more, failure } = await sweepExpired(this.#context, this.#limits.holdsMax);
      this.#observer.swept(expiredHolds);
      if (failure === null) return more;
      this.#observer.failed(failure);
    } catch (error) {
      this.#observer.failed(error);
    }
    return false;
  }
}
