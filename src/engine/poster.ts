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
import { type Group, groupByKey, movementsIn, weightOf } from "./group.js";
import { Lanes } from "./lanes.js";
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
  readonly #lanes: Lanes;
  readonly #running: Record<Lane, boolean> = { fast: false, slow: false };
  readonly #standing: Standing;
  #inFlight = 0;
  #stopping = false;
  #drained: (() => void) | null = null;

  constructor(context: EngineContext) {
    this.#context = context;
    this.#limits = context.limits;
    this.#lanes = new Lanes(context.limits);
    this.#standing = new Standing(context.limits);
  }

  /** How many submissions wait in a lane. */
  depth(lane: Lane): number {
    return this.#lanes.in(lane).length;
  }

  /** Whether more comes than can be posted, so that callers are better told to come again. */
  get stands(): boolean {
    return this.#standing.stands(this.#lanes.in("fast"));
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
    this.#lanes.add(lane, waiting);
    if (this.#running[lane] || this.#lanes.in(lane).length === 0) return;
    this.#running[lane] = true;
    // After the other calls that have arrived by now, so that they share the batch.
    setImmediate(() => this.#runLane(lane));
  }

  async #runLane(lane: Lane): Promise<void> {
    while (this.#lanes.in(lane).length > 0) {
      const batch = this.#takeBatch(lane);
      if (batch.length > 0) await this.#settleBatch(lane, batch);
    }
    this.#running[lane] = false;
  }

  /** Takes what is decided together next, as far as its callers still wait. */
  #takeBatch(lane: Lane): Waiting[] {
    const taken = lane === "fast" ? this.#takeFast() : this.#lanes.takeSlow();
    const takenMs = performance.now();
    for (const one of taken) one.takenMs = takenMs;
    this.#context.observer.taken(lane, taken);
    return onlyInTime(taken, this.#limits.batchBudgetMs);
  }

  #takeFast(): Waiting[] {
    const { batch, retries } = this.#lanes.takeFast();
    for (const { one, first } of retries) this.#defer([one], first.blockedOn);
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
    const { verdicts, releasedHolds, times } = await withAttempts(
      this.#limits,
      () => runBatch(this.#context, submissions, onLocked),
      {
        onFailed: (cause) => this.#context.observer.failed(cause),
        // While a wallet stays locked, others in the lane have their turn. One that was locked until somebody changed it
        // is free for a moment: under SERIALIZABLE that ends a wait, and whoever comes back later meets the next change.
        isLast: (cause) => lane === "slow" && cause === "lock_not_available",
      },
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
      this.#lanes.keepSlow(one);
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

  /**
   * In the slow lane contention means that a wallet is still locked, or was changed by others each time: those who waited go to
   * the end of the lane.
   */
  #failBatch(lane: Lane, batch: readonly Waiting[], error: unknown): void {
    const again =
      lane === "slow" && error instanceof WalletError && error.reason === "CONTENTION" && !this.#stopping;
    const sinceMs = performance.now();
    for (const one of batch) {
      one.sinceMs = sinceMs;
      one.slowTries++;
      if (!again) one.reject(error);
      else if (one.slowTries < this.#limits.slowTriesMax) this.#lanes.add("slow", [one]);
      else one.reject(contention(one.slowTries, error.cause));
    }
  }

  #refuseQueued(): void {
    for (const one of this.#lanes.takeAll()) one.reject(shuttingDown());
  }

  #settled(one: Waiting): void {
    this.#lanes.settled(one);
    this.#inFlight -= weightOf(one.submission);
    if (this.#inFlight === 0) this.#drained?.();
  }
}
