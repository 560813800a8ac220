import { setTimeout as sleep } from "node:timers/promises";
import { countPendingOperations } from "../db/operations.js";
import { WalletError } from "../ledger/wallet-error.js";
import { type ApplyContext, type Applying, type ApplyLimits, OperationApplier } from "./apply-operations.js";
import { Lease } from "./lease.js";
import type { EngineLimits } from "./limits.js";

/** The bounds of the queue's worker. */
export interface QueueLimits extends ApplyLimits {
  /** The pause between two looks at the queue while nothing wakes the worker, in milliseconds. */
  readonly pollMs: number;
  /** How long one process keeps the queue to itself after each `take` of its lease, in milliseconds. */
  readonly leaseMs: number;
  /** The pause before a worker without the lease asks for it again, and after a look that failed, in milliseconds. */
  readonly idleMs: number;
  /** Operations that wait for the poster, or for another try, at once. */
  readonly inFlightMax: number;
  /** The pause before an operation that could not be decided is tried again; it doubles up to the maximum. */
  readonly retryDelayMsBase: number;
  readonly retryDelayMsMax: number;
}

export const defaultQueueLimits: QueueLimits = Object.freeze({
  pageMax: 500,
  pagesMax: 20,
  perWalletMax: 250,
  pollMs: 100,
  leaseMs: 5_000,
  idleMs: 1_000,
  inFlightMax: 1_000,
  retryDelayMsBase: 100,
  retryDelayMsMax: 5_000,
});

/** The name of the lease, which SweepExpired takes as well when nobody has it. */
export const queueLease = "operations";

/** Told of what the worker does, for the metrics and the log. */
export interface QueueObserver {
  /** An operation was decided, this many seconds after it was accepted. */
  applied(waitedSeconds: number): void;
  /** The worker has taken the queue over, and this many operations were pending with nobody to apply them. */
  tookOver(stale: number): void;
  /** How many operations are pending, now and then; 0 where another process applies them. */
  pending(count: number): void;
  /** The queue could not be read, or an operation was not decided for a reason that nobody foresaw. It is tried again. */
  failed(error: unknown): void;
}

/**
 * Applies the queue in the background, in one process of those that serve a database. The lease only saves work: the
 * batches see to it that each operation is applied once and in its turn, whoever hands it over.
 */
export class QueueWorker {
  readonly #context: ApplyContext;
  readonly #limits: QueueLimits;
  readonly #observer: QueueObserver;
  readonly #lease: Lease;
  readonly #applier: OperationApplier;
  readonly #following = new Set<Promise<void>>();
  /** How often an operation has failed in a row, by id. */
  readonly #failures = new Map<string, number>();
  /** What ends the pauses of those that are to be tried again. */
  readonly #retries = new Set<() => void>();
  readonly #stopping = new AbortController();
  #hasLease = false;
  /** Whether there may be something to start although the last look found nothing. */
  #news = false;
  #pause: AbortController | null = null;
  #running: Promise<void> | null = null;

  constructor(
    context: ApplyContext & { readonly limits: EngineLimits },
    limits: QueueLimits,
    observer: QueueObserver,
  ) {
    this.#context = context;
    this.#limits = limits;
    this.#observer = observer;
    this.#lease = new Lease(context.database, context.limits, queueLease, limits.leaseMs);
    this.#applier = new OperationApplier(context, limits);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Looks at the queue at once, if this process is the one that applies it: something was accepted, or has ended. */
  wake(): void {
    this.#news = true;
    this.#pause?.abort();
  }

  /** Starts nothing more, waits for what the poster has, gives the lease up, and resolves. It may be called again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    for (const end of this.#retries) end();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (await this.#keepLease()) {
          await this.#look();
          await this.#untilWoken();
        } else await this.#idle();
      } catch (error) {
        this.#observer.failed(error);
        await this.#idle();
      }
    }
    await Promise.all(this.#following);
    // Without the database the lease ends by itself.
    await this.#lease.release().catch(() => {});
  }

  /** Renews the lease long before it ends, and counts then what is pending. */
  async #keepLease(): Promise<boolean> {
    if (this.#lease.isFresh) return true;
    const hadLease = this.#hasLease;
    this.#hasLease = await this.#lease.take();
    if (!this.#hasLease) {
      this.#failures.clear();
      this.#observer.pending(0);
      return false;
    }
    const pending = await countPendingOperations(this.#context.database.reader);
    this.#observer.pending(pending);
    if (!hadLease) this.#observer.tookOver(Math.max(0, pending - this.#applier.underWay));
    return true;
  }

  async #look(): Promise<void> {
    const room = this.#limits.inFlightMax - this.#applier.underWay;
    if (room <= 0) return;
    await this.#applier.start(room, (applying) => {
      const following = this.#follow(applying).finally(() => this.#following.delete(following));
      this.#following.add(following);
    });
  }

  async #follow({ id, createTime, failure }: Applying): Promise<void> {
    const error = await failure;
    if (error === null) {
      this.#failures.delete(id);
      this.#observer.applied(Math.max(0, Date.now() / 1e3 - Number(createTime) / 1e6));
    } else await this.#waitAfter(id, error);
    this.#applier.end(id);
    this.wake();
  }

  /** While it waits its wallets stay busy, so that what comes behind it waits with it. */
  async #waitAfter(id: string, error: unknown): Promise<void> {
    if (!(error instanceof WalletError)) this.#observer.failed(error);
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    const { retryDelayMsBase, retryDelayMsMax } = this.#limits;
    await this.#beforeRetry(Math.min(retryDelayMsBase * 2 ** (failures - 1), retryDelayMsMax));
  }

  /** A thousand may wait at once, which is too many listeners for one signal. */
  #beforeRetry(ms: number): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#retries.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#retries.add(end);
    });
  }

  /** What happens during a look is news for the next one, so that none is slept through. */
  async #untilWoken(): Promise<void> {
    if (!this.#news) {
      this.#pause = new AbortController();
      await sleep(this.#limits.pollMs, undefined, { signal: this.#pause.signal }).catch(() => {});
      this.#pause = null;
    }
    this.#news = false;
  }

  async #idle(): Promise<void> {
    await sleep(this.#limits.idleMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
