import { listDueFreezes } from "../db/anomalies.js";
import type { AnomalyRules } from "../ledger/anomaly/thresholds.js";
import type { Anomaly } from "../ledger/anomaly.js";
import type { Acts } from "./acts.js";
import { freezeForAnomaly } from "./anomaly-freeze.js";
import type { Settled } from "./anomaly-lag.js";
import type { AnomalyLimits } from "./anomaly-limits.js";
import { AnomalyScan, type ScanContext } from "./anomaly-scan.js";
import { Lease } from "./lease.js";
import { Rounds } from "./rounds.js";

/** Told of what the look-out sees and does, for the metrics and the log. */
export interface AnomalyObserver {
  /** A page was looked at. */
  scanned(transactions: number): void;
  /** Something was found, and is kept. */
  found(anomaly: Anomaly): void;
  /** A wallet was frozen for it. */
  froze(anomaly: Anomaly): void;
  /** A round, or a part of it, has failed. The next one tries again. */
  failed(error: unknown): void;
}

/** What the look-out works with. */
export interface AnomalyContext extends ScanContext {
  readonly acts: Acts;
  /** Up to where the stream can be read now; null while that is not known. */
  readonly settled: () => Promise<Settled | null>;
}

/**
 * Looks for anomalies in what was committed, in one process of those that serve a database, at its own pace and beside
 * the path of any call. What it knows is in the database: another process goes on where this one stopped.
 */
export class AnomalyWatch {
  readonly #context: AnomalyContext;
  readonly #limits: AnomalyLimits;
  readonly #observer: AnomalyObserver;
  readonly #scan: AnomalyScan;
  readonly #lease: Lease;
  readonly #rounds: Rounds;
  /** Whether freezes may be due: after a start, after a finding that asks for one, and after a failure. */
  #freezesDue = true;

  constructor(
    context: AnomalyContext,
    rules: AnomalyRules,
    limits: AnomalyLimits,
    observer: AnomalyObserver,
  ) {
    this.#context = context;
    this.#limits = limits;
    this.#observer = observer;
    this.#scan = new AnomalyScan(context, rules, limits);
    this.#lease = new Lease(context.database, context.limits, "anomalies", limits.leaseMs);
    this.#rounds = new Rounds({
      pauseMs: limits.intervalMs,
      round: () => this.#round(),
      ended: () => this.#end(),
    });
  }

  start(): void {
    this.#rounds.start();
  }

  /** Ends the round that is under way, gives the lease up, and resolves. It may be called again. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /**
   * How long ago the moment is up to which everything was looked at, in seconds: a second or two while it keeps up, and
   * while another process looks out. It grows while nothing is settled, and while the rounds fail.
   */
  get lagSeconds(): number {
    return this.#scan.lag.seconds;
  }

  /** Returns whether the next round should follow at once. */
  async #round(): Promise<boolean> {
    try {
      if (!(await this.#isMine())) return false;
      const settled = await this.#context.settled();
      const more = settled !== null && (await this.#look(settled));
      if (this.#freezesDue) await this.#freezeAll();
      return more;
    } catch (error) {
      this.#freezesDue = true;
      this.#observer.failed(error);
      return false;
    }
  }

  /** Without the database the lease ends by itself, and whoever goes on looks at the last pages once more. */
  async #end(): Promise<void> {
    try {
      if (this.#lease.isFresh) await this.#scan.keep();
    } finally {
      await this.#lease.release();
    }
  }

  /** Whether the work is this process's; the lease is renewed long before it ends. */
  async #isMine(): Promise<boolean> {
    if (this.#lease.isFresh || (await this.#lease.take())) return true;
    this.#freezesDue = true;
    this.#scan.forget();
    this.#scan.lag.restart();
    return false;
  }

  async #look(settled: Settled): Promise<boolean> {
    const { transactions, found, more } = await this.#scan.next(settled);
    this.#observer.scanned(transactions);
    for (const anomaly of found) {
      this.#observer.found(anomaly);
      if (anomaly.freezeState === "DUE") this.#freezesDue = true;
    }
    return more;
  }

  async #freezeAll(): Promise<void> {
    const { freezesMax } = this.#limits;
    const due = await listDueFreezes(this.#context.database.reader, freezesMax);
    this.#freezesDue = due.length === freezesMax;
    for (const anomaly of due) {
      try {
        if (await freezeForAnomaly(this.#context.acts, anomaly)) this.#observer.froze(anomaly);
      } catch (error) {
        this.#freezesDue = true;
        this.#observer.failed(error);
      }
    }
  }
}
