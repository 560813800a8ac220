import { setTimeout as sleep } from "node:timers/promises";
import type { AuditEntry } from "../db/audit-entry.js";
import type { Database } from "../db/database.js";
import { ConnectionLostError, kindOfFailure } from "../db/failure.js";
import { insertAuditOnce } from "../db/journal.js";
import { Session } from "../db/session.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { EngineLimits } from "./limits.js";
import { newId } from "./new-id.js";

/** The bounds of the audit queue. */
export interface AuditLimits {
  /** How long an entry waits for others to be written with, in milliseconds; also the pause after a failure. */
  readonly flushMs: number;
  /** How many entries one statement writes. */
  readonly batchMax: number;
  /** Reads that may wait. One more is refused with OVERLOADED before it reads anything. */
  readonly readsMax: number;
  /** Refusals that may wait. Those beyond are only counted: a flood of refused calls must not keep readers out. */
  readonly refusalsMax: number;
  /** How long a stop tries to write what waits, in milliseconds. */
  readonly stopMs: number;
}

export const defaultAuditLimits: AuditLimits = Object.freeze({
  flushMs: 500,
  batchMax: 1_000,
  readsMax: 10_000,
  refusalsMax: 5_000,
  stopMs: 5_000,
});

/** Told of what becomes of the entries, for the metrics and the log. */
export interface AuditObserver {
  /** How many entries wait, after each write. */
  waiting(count: number): void;
  /** This many entries were not kept since it was told last. */
  lost(count: number): void;
  /** Entries could not be written. They are kept and tried again. */
  failed(error: unknown): void;
  /** Entries are written again after a failure. */
  recovered(): void;
  /** The database takes every other entry but one, which is given up and counted as lost. */
  rejected(error: unknown): void;
}

/** A call that the ledger has no transaction for: a refusal of one that came not so far, or a read. */
export type AuditedCall = Omit<AuditEntry, "id" | "kind" | "time"> & { readonly kind: "REFUSAL" | "READ" };

/**
 * Writes the entries of what happens outside the ledger's transactions, together and a little later. One timer runs
 * while something waits. When the process is killed, what happened since the last write is lost; a stop writes it.
 */
export class AuditQueue {
  readonly #database: Database;
  readonly #engine: EngineLimits;
  readonly #limits: AuditLimits;
  readonly #observer: AuditObserver;
  /** In order of time. What is being written stays at the front until it is there. */
  readonly #waiting: AuditEntry[] = [];
  #refusals = 0;
  #lost = 0;
  #failing = false;
  #stopped = false;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;

  constructor(database: Database, engine: EngineLimits, limits: AuditLimits, observer: AuditObserver) {
    this.#database = database;
    this.#engine = engine;
    this.#limits = limits;
    this.#observer = observer;
  }

  /** @throws OVERLOADED when too many reads wait to be recorded for another one to be let through. */
  assertRoom(): void {
    const { readsMax, flushMs } = this.#limits;
    if (this.#waiting.length - this.#refusals < readsMax) return;
    throw new WalletError(
      "OVERLOADED",
      `${readsMax} reads wait to be recorded in the audit log. Nothing was read; try again.`,
      { metadata: { queue_max: `${readsMax}` }, retryDelayMs: flushMs },
    );
  }

  /** Takes an entry of what has happened at this moment. A read that was let through always finds room. */
  add(call: AuditedCall): void {
    if (this.#stopped || (call.kind === "REFUSAL" && this.#refusals >= this.#limits.refusalsMax))
      this.#lost++;
    else {
      this.#waiting.push({ ...call, id: newId(), time: BigInt(Date.now()) * 1_000n });
      if (call.kind === "REFUSAL") this.#refusals++;
    }
    this.#schedule();
  }

  /** Writes what waits, as far as the time to stop lets it. What comes later, or is left then, is counted as lost. */
  async stop(): Promise<void> {
    const { stopMs, flushMs } = this.#limits;
    const until = performance.now() + stopMs;
    await this.#writing;
    await this.#flush();
    while (this.#waiting.length > 0 && performance.now() < until) {
      await sleep(Math.min(flushMs, until - performance.now()));
      await this.#flush();
    }
    this.#stopped = true;
    this.#endTimer();
    this.#lost += this.#waiting.splice(0).length;
    this.#tell();
  }

  #schedule(): void {
    if (this.#timer !== null || this.#writing !== null) return;
    // After a stop there is no database to write to, but what is lost is still told.
    if (this.#stopped) this.#tell();
    else this.#timer = setTimeout(() => this.#flush(), this.#limits.flushMs);
  }

  #endTimer(): void {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
  }

  /** Writes what waits at this moment; what comes meanwhile waits for the next time. It never fails. */
  #flush(): Promise<void> {
    this.#endTimer();
    this.#writing ??= this.#writeWaiting().finally(() => {
      this.#writing = null;
      this.#tell();
      if (this.#waiting.length > 0) this.#schedule();
    });
    return this.#writing;
  }

  async #writeWaiting(): Promise<void> {
    try {
      for (let left = this.#waiting.length; left > 0; ) {
        const batch = this.#waiting.slice(0, Math.min(left, this.#limits.batchMax));
        await this.#write(batch);
        this.#waiting.splice(0, batch.length);
        this.#refusals -= batch.filter(({ kind }) => kind === "REFUSAL").length;
        left -= batch.length;
      }
      if (this.#failing) this.#observer.recovered();
      this.#failing = false;
    } catch (error) {
      this.#failing = true;
      this.#observer.failed(error);
    }
  }

  /** When one entry makes it fail, halves find out which, so that it stops no other. */
  async #write(batch: readonly AuditEntry[]): Promise<void> {
    try {
      await this.#insert(batch);
    } catch (error) {
      if (kindOfFailure(error) !== "guilty") throw error;
      if (batch.length === 1) {
        this.#lost++;
        this.#observer.rejected(error);
        return;
      }
      const half = Math.ceil(batch.length / 2);
      await this.#write(batch.slice(0, half));
      await this.#write(batch.slice(half));
    }
  }

  async #insert(batch: readonly AuditEntry[]): Promise<void> {
    const fate = await Session.use(this.#database.writer.createQueryRunner(), async (session) => {
      session.begin({
        // It only adds, and what it reads of wallets never changes: nobody's transaction should fail for that.
        isolation: "read committed",
        lockTimeoutMs: this.#engine.slowLockTimeoutMs,
        statementTimeoutMs: this.#engine.statementTimeoutMs,
      });
      await insertAuditOnce(session, batch);
      return session.commit();
    });
    if (fate === "in_doubt") throw new ConnectionLostError("the commit was not answered");
  }

  #tell(): void {
    this.#observer.waiting(this.#waiting.length);
    if (this.#lost > 0) this.#observer.lost(this.#lost);
    this.#lost = 0;
  }
}
