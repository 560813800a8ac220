import type { Database } from "../db/database.js";
import { kindOfFailure } from "../db/failure.js";
import type { KeyRecord } from "../db/keys.js";
import type { OnLocked } from "../db/locks.js";
import { type Bulk, isBulk, type Submission } from "../ledger/bulk.js";
import type { Command } from "../ledger/command.js";
import { WalletError } from "../ledger/wallet-error.js";
import { contention, withAttempts } from "./attempts.js";
import { type BatchPhases, runBatch } from "./batch.js";
import { type BulkResult, bulkResultOf, replayBulk } from "./bulk.js";
import { assertInTime } from "./deadline.js";
import {
  claimedKey,
  claimedKeys,
  countWithin,
  type Group,
  groupByKey,
  movementsIn,
  weightOf,
  withoutSharedKeys,
} from "./group.js";
import type { EngineLimits } from "./limits.js";
import { behind, overloaded, shuttingDown } from "./not-taken.js";
import { answerOf, assertSameRequest, type MovementResult, readOutcomes, replayMovement } from "./outcome.js";
import type { Verdict } from "./verdict.js";
import type { Waiting } from "./waiting.js";

/** The fast lane passes over locked wallets; the slow lane waits for them. Each has one batch under way at most. */
export type Lane = "fast" | "slow";

/** Told of each batch that was committed, and of how many movements, for the metrics. */
export type BatchObserver = (lane: Lane, size: number, phases: BatchPhases) => void;

/** Waiting submissions whose key was taken before, and by what. */
type Taken = Group<Waiting> & { readonly record: KeyRecord };

/**
 * The one way value moves. Commands that wait at the same moment are run as one batch in one database transaction;
 * a command that comes alone goes at once.
 */
export class Poster {
  readonly #database: Database;
  readonly #limits: EngineLimits;
  readonly #observe: BatchObserver;
  readonly #queues: Record<Lane, Waiting[]> = { fast: [], slow: [] };
  readonly #running: Record<Lane, boolean> = { fast: false, slow: false };
  /** The commands of the slow lane by key, so that a retry waits there with them and not in the fast lane's way. */
  readonly #slowByKey = new Map<string, Waiting>();
  #inFlight = 0;
  #stopping = false;
  #drained: (() => void) | null = null;

  constructor(database: Database, limits: EngineLimits, observe: BatchObserver) {
    this.#database = database;
    this.#limits = limits;
    this.#observe = observe;
  }

  /** How many submissions wait in a lane. */
  depth(lane: Lane): number {
    return this.#queues[lane].length;
  }

  /**
   * Queues a command and resolves once it is committed.
   *
   * What was claimed runs to its end, whatever becomes of its caller.
   * @throws a `WalletError` that says why nothing moved; with OUTCOME_UNKNOWN, that it may have.
   */
  submit(command: Command, deadlineMs?: number): Promise<MovementResult> {
    return this.#take(command, deadlineMs) as Promise<MovementResult>;
  }

  /**
   * Queues commands that are decided together, in one transaction. That they were refused is a result, too.
   *
   * @throws a `WalletError` that says why nothing was decided; with OUTCOME_UNKNOWN, that it may have been.
   */
  submitBulk(bulk: Bulk, deadlineMs?: number): Promise<BulkResult> {
    return this.#take(bulk, deadlineMs) as Promise<BulkResult>;
  }

  /** Refuses new commands and waits for those that are queued; what is still queued after `graceMs` is refused too. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    if (this.#inFlight === 0) return;
    const timer = setTimeout(() => this.#refuseQueued(), graceMs);
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    clearTimeout(timer);
  }

  /** What it resolves with is of the kind that was submitted. */
  #take(submission: Submission, deadlineMs: number | undefined): Promise<MovementResult | BulkResult> {
    const weight = weightOf(submission);
    if (this.#stopping) return Promise.reject(shuttingDown());
    if (this.#inFlight + weight > this.#limits.queueMax)
      return Promise.reject(overloaded(this.#limits.queueMax));
    return new Promise((resolve, reject) => {
      this.#inFlight += weight;
      const settle =
        <T>(answer: (value: T) => void) =>
        (value: T) => {
          this.#settled(waiting);
          answer(value);
        };
      const waiting: Waiting = {
        submission,
        deadlineMs,
        blockedOn: new Set<string>(),
        slowTries: 0,
        resolve: settle(resolve),
        reject: settle(reject),
      };
      this.#enqueue("fast", [waiting]);
    });
  }

  #enqueue(lane: Lane, waiting: readonly Waiting[]): void {
    this.#queues[lane].push(...waiting);
    if (this.#running[lane] || this.#queues[lane].length === 0) return;
    this.#running[lane] = true;
    // After the other calls that have arrived by now, so that they share the batch.
    setImmediate(() => this.#runLane(lane));
  }

  async #runLane(lane: Lane): Promise<void> {
    while (this.#queues[lane].length > 0) {
      const batch = this.#inTime(lane === "fast" ? this.#takeFast() : this.#takeSlow());
      if (batch.length > 0) await this.#settleBatch(lane, batch);
    }
    this.#running[lane] = false;
  }

  /**
   * Takes what waits, but for retries of commands that are in the slow lane: claiming a key that is claimed there would
   * make the whole batch wait for somebody else's locked wallet.
   */
  #takeFast(): Waiting[] {
    const { fast } = this.#queues;
    const { batch, later } = withoutSharedKeys(fast.splice(0, countWithin(fast, this.#limits.batchMax)));
    fast.unshift(...later);
    if (this.#slowByKey.size === 0) return batch;
    return batch.filter((one) => {
      const first = this.#slowWithKeyOf(one);
      if (first === undefined) return true;
      this.#defer([one], first.blockedOn);
      return false;
    });
  }

  #slowWithKeyOf({ submission }: Waiting): Waiting | undefined {
    if (!isBulk(submission)) return this.#slowByKey.get(claimedKey(submission) ?? "");
    const taken = claimedKeys(submission).find((key) => this.#slowByKey.has(key));
    return this.#slowByKey.get(taken ?? "");
  }

  /** Takes the first command of the slow lane and those that wait for the same wallets, so that no others wait with it. */
  #takeSlow(): Waiting[] {
    const [first] = this.#queues.slow;
    if (first === undefined) return [];
    const together = (one: Waiting) => [...one.blockedOn].every((id) => first.blockedOn.has(id));
    const waiting = this.#queues.slow.filter(together);
    const { batch } = withoutSharedKeys(waiting.slice(0, countWithin(waiting, this.#limits.batchMax)));
    const taken = new Set(batch);
    this.#queues.slow = this.#queues.slow.filter((one) => !taken.has(one));
    return batch;
  }

  #inTime(batch: readonly Waiting[]): Waiting[] {
    return batch.filter((one) => {
      try {
        assertInTime(one.deadlineMs, this.#limits.batchBudgetMs);
        return true;
      } catch (error) {
        one.reject(error);
        return false;
      }
    });
  }

  /** Runs a batch until each of its commands has an answer. When one of them makes it fail, halves find out which. */
  async #settleBatch(lane: Lane, batch: readonly Waiting[]): Promise<void> {
    const groups = groupByKey(batch);
    try {
      await this.#runGroups(lane, groups);
    } catch (error) {
      if (batch.length === 1 || error instanceof WalletError || kindOfFailure(error) !== "guilty") {
        return this.#failBatch(lane, batch, error);
      }
      const half = Math.ceil(batch.length / 2);
      await this.#settleBatch(lane, batch.slice(0, half));
      await this.#settleBatch(lane, batch.slice(half));
    }
  }

  async #runGroups(lane: Lane, groups: readonly Group<Waiting>[]): Promise<void> {
    const submissions = groups.map(({ leader }) => leader.submission);
    const onLocked: OnLocked = lane === "fast" ? "skip" : "wait";
    const attempts = lane === "fast" ? this.#limits : { ...this.#limits, attemptsMax: 1 };
    const { verdicts, phases } = await withAttempts(attempts, () =>
      runBatch(this.#database, this.#limits, submissions, onLocked),
    );
    this.#observe(lane, movementsIn(submissions), phases);
    const taken: Taken[] = [];
    groups.forEach((group, index) => {
      const verdict = verdicts[index];
      if (verdict?.kind === "taken") taken.push({ ...group, record: verdict.record });
      else if (verdict !== undefined) this.#answer(group, verdict);
    });
    // The lane does not wait for these: they were decided long ago.
    if (taken.length > 0) this.#replay(taken);
  }

  #answer({ leader, followers }: Group<Waiting>, verdict: Exclude<Verdict, { kind: "taken" }>): void {
    const all = [leader, ...followers];
    if (verdict.kind === "deferred") {
      this.#defer(all, verdict.blockedOn);
      return;
    }
    if (verdict.kind === "behind") {
      for (const one of all) one.reject(behind());
      return;
    }
    const { plan } = verdict;
    for (const one of all) {
      try {
        assertSameRequest(one.submission.claim, leader.submission.claim);
        const replayed = one !== leader;
        one.resolve(plan.kind === "bulk" ? bulkResultOf(plan, replayed) : answerOf(plan, replayed));
      } catch (error) {
        one.reject(error);
      }
    }
  }

  #defer(waiting: readonly Waiting[], blockedOn: ReadonlySet<string>): void {
    for (const one of waiting) {
      one.blockedOn = blockedOn;
      for (const key of claimedKeys(one.submission)) this.#slowByKey.set(key, one);
    }
    this.#enqueue("slow", waiting);
  }

  #replay(taken: readonly Taken[]): void {
    const reading = readOutcomes(
      this.#database.reader,
      taken.map(({ record }) => record),
    );
    for (const { leader, followers, record } of taken) {
      for (const one of [leader, ...followers]) {
        const { submission } = one;
        reading
          .then((outcomes) =>
            isBulk(submission)
              ? replayBulk(submission, record)
              : replayMovement(submission.claim, record, outcomes),
          )
          .then(one.resolve, one.reject);
      }
    }
  }

  /** In the slow lane contention means a wallet is still locked: those who waited go to the end of the lane. */
  #failBatch(lane: Lane, batch: readonly Waiting[], error: unknown): void {
    const again =
      lane === "slow" && error instanceof WalletError && error.reason === "CONTENTION" && !this.#stopping;
    for (const one of batch) {
      one.slowTries++;
      if (!again) one.reject(error);
      else if (one.slowTries < this.#limits.slowTriesMax) this.#queues.slow.push(one);
      else one.reject(contention(one.slowTries, error.cause));
    }
  }

  #refuseQueued(): void {
    for (const lane of ["fast", "slow"] as const) {
      for (const one of this.#queues[lane].splice(0)) one.reject(shuttingDown());
    }
  }

  #settled(one: Waiting): void {
    if (this.#slowByKey.size > 0) {
      for (const key of claimedKeys(one.submission)) {
        if (this.#slowByKey.get(key) === one) this.#slowByKey.delete(key);
      }
    }
    this.#inFlight -= weightOf(one.submission);
    if (this.#inFlight === 0) this.#drained?.();
  }
}
