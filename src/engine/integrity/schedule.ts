import type { Database } from "../../db/database.js";
import { findLastRun, type IntegrityRun } from "../../db/integrity/runs.js";
import type { IntegrityFinding } from "../../ledger/integrity.js";
import { Lease } from "../lease.js";
import type { EngineLimits } from "../limits.js";
import { Rounds } from "../rounds.js";
import type { IntegrityVerdict } from "./check.js";
import type { IntegrityChecks } from "./checks.js";

/** When the ledger is checked without being asked to, and the newest check is told of. */
export interface IntegrityScheduleLimits {
  /** How old the newest check of the whole ledger may become before there is another one, in milliseconds; null: any. */
  readonly intervalMs: number | null;
  /** How often that is looked at, in milliseconds. */
  readonly pollMs: number;
  /** How long one process keeps the check to itself without a sign of life, in milliseconds. */
  readonly leaseMs: number;
}

const hourMs = 3_600_000;
const pollMs = 60_000;
const leaseMs = 60_000;

/** The schedule of a check every so many hours. With 0 there is none, and those that others make are told of all the same. */
export function integrityScheduleOf(intervalHours: number): IntegrityScheduleLimits {
  return { intervalMs: intervalHours === 0 ? null : intervalHours * hourMs, pollMs, leaseMs };
}

/** Told of the scheduled checks, for the metrics and the log. */
export interface IntegrityObserver {
  /** The newest complete check of the whole ledger, whichever process made it and whoever asked for it. */
  lastRun(run: IntegrityRun): void;
  /** This many postings more were verified by this process. */
  verified(postings: number): void;
  /** The ledger is not as it should be. */
  found(finding: IntegrityFinding): void;
  /** A check is over. */
  ended(verdict: IntegrityVerdict): void;
  /** A check could not be made, or not to its end. It is begun again. */
  failed(error: unknown): void;
}

/** Checks the ledger now and then, in one process of those that serve a database, and tells of the newest check in each. */
export class IntegritySchedule {
  readonly #reader: Database["reader"];
  readonly #checks: IntegrityChecks;
  readonly #limits: IntegrityScheduleLimits;
  readonly #observer: IntegrityObserver;
  readonly #lease: Lease;
  readonly #rounds: Rounds;

  constructor(
    context: {
      readonly database: Database;
      readonly limits: EngineLimits;
      readonly integrity: IntegrityChecks;
    },
    limits: IntegrityScheduleLimits,
    observer: IntegrityObserver,
  ) {
    this.#reader = context.database.reader;
    this.#checks = context.integrity;
    this.#limits = limits;
    this.#observer = observer;
    this.#lease = new Lease(context.database, context.limits, "integrity", limits.leaseMs);
    this.#rounds = new Rounds({
      pauseMs: limits.pollMs,
      round: (signal) => this.#round(signal),
      // Each round gives the lease back by itself.
      ended: async () => {},
    });
  }

  start(): void {
    this.#rounds.start();
  }

  /** Leaves the check that is under way, gives the lease up, and resolves. It may be called again. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  async #round(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#look(signal);
    } catch (error) {
      if (!signal.aborted) this.#observer.failed(error);
    }
    return false;
  }

  async #look(signal: AbortSignal): Promise<void> {
    if (!(await this.#tellNewest()) || !(await this.#lease.take())) return;
    try {
      // Another process may have made it between the look and the lease.
      if (await this.#tellNewest()) await this.#check(signal);
    } finally {
      // Without the database the lease ends by itself.
      await this.#lease.release().catch(() => {});
    }
    await this.#tellNewest();
  }

  /** Tells of the newest check, and returns whether it is time for the next one. */
  async #tellNewest(): Promise<boolean> {
    const last = await findLastRun(this.#reader);
    if (last !== undefined) this.#observer.lastRun(last);
    const { intervalMs } = this.#limits;
    if (intervalMs === null) return false;
    return last === undefined || Date.now() - Number(last.snapshotTime / 1_000n) >= intervalMs;
  }

  async #check(signal: AbortSignal): Promise<void> {
    let verified = 0n;
    for await (const event of this.#checks.checkOnSchedule(signal)) {
      if (event.kind === "finding") this.#observer.found(event.finding);
      if (event.kind === "verdict") {
        this.#observer.verified(Number(event.verdict.postings - verified));
        this.#observer.ended(event.verdict);
      }
      if (event.kind === "progress") {
        this.#observer.verified(Number(event.progress.checkedPostings - verified));
        verified = event.progress.checkedPostings;
        await this.#keepLease();
      }
    }
  }

  /** Renews the lease long before it ends. @throws when another process has it, which then makes the check. */
  async #keepLease(): Promise<void> {
    if (this.#lease.isFresh || (await this.#lease.take())) return;
    throw new Error("another process has taken the check over");
  }
}
