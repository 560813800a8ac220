import { kindOfFailure } from "../db/failure.js";
import type { KeyRecord } from "../db/keys.js";
import type { OnLocked } from "../db/locks.js";
import { type Bulk, isBulk, type Submission } from "../ledger/bulk.js";
import type { Command } from "../ledger/command.js";
import { WalletError } from "../ledger/wallet-error.js";
import { contention, withAttempts } from "./attempts.js";
import { runBatch } from "./batch.js";
import { type BulkResult, bulkResultOf, replayBulk } from "./bulk.js";
import type { EngineContext } from "./context.js";
import { onlyInTime } from "./deadline.js";
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
import { Standing } from "./standing.js";
import type { Verdict } from "./verdict.js";
import type { Lane, Waiting } from "./waiting.js";

/** Waiting submissions whose key was taken before, and by what. */
type Taken = Group<Waiting> & { readonly record: KeyRecord };

/**
 * The one way value moves. Commands that wait at the same moment are run as one batch in one database transaction;
 * a command that comes alone goes at once.
 */
export class Poster {
  readonly #context: EngineContext;
  readonly #limits: EngineLimits;
  readonly #queues: Record<Lane, Waiting[]> = { fast: [], slow: [] };
  readonly #running: Record<Lane, boolean> = { fast: false, slow: false };
  /** The commands of the slow lane by key, so that a retry waits there with them and not in the fast lane's way. */
  readonly #slowByKey = new Map<string, Waiting>();
  readonly #standing: Standing;
  #inFlight = 0;
  #stopping = false;
  #drained: (() => void) | null = null;

  constructor(context: EngineContext) {
    this.#context = context;
    this.#limits = context.limits;
    this.#standing = new Standing(context.limits);
  }

  /** How many submissions wait in a lane. */
  depth(lane: Lane): number {
    return this.#queues[lane].length;
  }

  /** Whether more comes than can be posted, so that callers are better told to come again. */
  get stands(): boolean {
    return this.#standing.stands(this.#queues.fast);
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
    if (this.#inFlight + weight > this.#limits.queueMax) {
      this.#context.observer.overloaded("poster");
      return Promise.reject(overloaded(this.#limits.queueMax));
    }
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
        sinceMs: performance.now(),
        takenMs: 0,
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
      const taken = lane === "fast" ? this.#takeFast() : this.#takeSlow();
      const takenMs = performance.now();
      for (const one of taken) one.takenMs = takenMs;
      this.#context.observer.taken(lane, taken);
      const batch = onlyInTime(taken, this.#limits.batchBudgetMs);
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
    const { batch, later } = withoutSharedKeys(fast.splice(0, countWithin(fast, this.#limits)));
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
    const { batch } = withoutSharedKeys(waiting.slice(0, countWithin(waiting, this.#limits)));
    const taken = new Set(batch);
    this.#queues.slow = this.#queues.slow.filter((one) => !taken.has(one));
    return batch;
  }

  /** Runs a batch until each of its commands has an answer. When one of them makes it fail, halves find out which. */
  async #settleBatch(lane: Lane, batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#runBatch(lane, batch);
    } catch (error) {
      if (batch.length === 1 || error instanceof WalletError || kindOfFailure(error) !== "guilty") {
        return this.#failBatch(lane, batch, error);
      }
      const half = Math.ceil(batch.length / 2);
      await this.#settleBatch(lane, batch.slice(0, half));
      await this.#settleBatch(lane, batch.slice(half));
    }
  }

  async #runBatch(lane: Lane, batch: readonly Waiting[]): Promise<void> {
    const groups = groupByKey(batch);
    const submissions = groups.map(({ leader }) => leader.submission);
    const onLocked: OnLocked = lane === "fast" ? "skip" : "wait";
    const attempts = lane === "fast" ? this.#limits : { ...this.#limits, attemptsMax: 1 };
    const { verdicts, releasedHolds, times } = await withAttempts(
      attempts,
      () => runBatch(this.#context, submissions, onLocked),
      (cause) => this.#context.observer.failed(cause),
    );
    const size = movementsIn(submissions);
    // The slow lane waits for somebody else, which tells nothing of how fast this goes.
    if (lane === "fast") this.#standing.committed(size, times);
    this.#context.observer.committed({ lane, size, releasedHolds, submissions: batch, times });
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
    this.#context.observer.deferred(waiting.length);
    const sinceMs = performance.now();
    for (const one of waiting) {
      one.sinceMs = sinceMs;
      one.blockedOn = blockedOn;
      for (const key of claimedKeys(one.submission)) this.#slowByKey.set(key, one);
    }
    this.#enqueue("slow", waiting);
  }

  #replay(taken: readonly Taken[]): void {
    const reading = readOutcomes(
      this.#context.database.reader,
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
    const sinceMs = performance.now();
    for (const one of batch) {
      one.sinceMs = sinceMs;
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
