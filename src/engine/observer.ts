import type { Conflict, FailureKind } from "../db/failure.js";
import type { Lane, Waited } from "./waiting.js";

/** The parts of a batch, in their order. They follow one another without a gap. */
export const phases = ["connect", "claim", "lock", "plan", "write", "commit"] as const;

/**
 * - `connect`: waiting for a connection of the pool.
 * - `claim`: claiming the idempotency keys.
 * - `lock`: waiting for the locks, and reading what they guard.
 * - `plan`: deciding, in this process.
 * - `write`: writing the rows.
 * - `commit`: making them durable, and finding out whether they are when that was not answered.
 */
export type Phase = (typeof phases)[number];

/** When the parts of a batch were over, in milliseconds by `performance.now()`. */
export interface BatchTimes {
  readonly beganMs: number;
  readonly endedMs: Readonly<Record<Phase, number>>;
}

/** A batch that is durable. */
export interface CommittedBatch {
  readonly lane: Lane;
  /** How many movements it decided. */
  readonly size: number;
  /** How many holds it released because their time had run out. */
  readonly releasedHolds: number;
  /** What was in it, in order of arrival. */
  readonly submissions: readonly Waited[];
  /** Of its last try, when it needed several. */
  readonly times: BatchTimes;
}

/**
 * Why a transaction of the engine was rolled back:
 * - a conflict with others, by PostgreSQL's name for it (`unique_violation`: both opened the same wallet);
 * - `premises_gone`: what it had found was no longer so;
 * - `guilty`: something in it was refused by the database; a batch is halved to find out what;
 * - `unavailable`, `broken`: the database could not do it.
 */
export const failureCauses = [
  "serialization_failure",
  "deadlock_detected",
  "lock_not_available",
  "unique_violation",
  "premises_gone",
  "guilty",
  "unavailable",
  "broken",
] as const satisfies readonly (Conflict | "premises_gone" | FailureKind)[];

export type FailureCause = (typeof failureCauses)[number];

/** What became of a commit that was not answered. */
export const doubtFates = ["committed", "rolled_back", "unknown"] as const;

export type DoubtFate = (typeof doubtFates)[number];

/** What takes no more when too much is waiting. */
export const boundedQueues = ["poster", "acts"] as const;

export type BoundedQueue = (typeof boundedQueues)[number];

/** Told how the engine fares, for the metrics, the traces and the log. It must be quick and must not throw. */
export interface EngineObserver {
  /** Submissions have left a lane to be decided. */
  taken(lane: Lane, submissions: readonly Waited[]): void;
  committed(batch: CommittedBatch): void;
  /** So many submissions have gone to the slow lane, because others hold their wallets. */
  deferred(count: number): void;
  /** A movement, or an act, was not taken because too much is waiting. */
  overloaded(queue: BoundedQueue): void;
  /** A transaction moved nothing. Most are tried again. */
  failed(cause: FailureCause): void;
  /** A commit that was not answered was asked after. */
  doubted(fate: DoubtFate): void;
}

/** For an engine that nobody watches. */
export const unobserved: EngineObserver = {
  taken: () => {},
  committed: () => {},
  deferred: () => {},
  overloaded: () => {},
  failed: () => {},
  doubted: () => {},
};
