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
  /** What was in it, in order of arrival. */
  readonly submissions: readonly Waited[];
  /** Of its last try, when it needed several. */
  readonly times: BatchTimes;
}

/**
 * Why a transaction of the engine was rolled back:
 * - a conflict with others, by PostgreSQL's name for it, or `unique_violation` where both opened the same wallet;
 * - `premises_gone`: what it had found was no longer so;
 * - `guilty`: something in it was refused by the database; a batch is halved to find out what;
 * - `unavailable`, `broken`: the database could not do it.
 */
export type FailureCause = Conflict | "premises_gone" | Exclude<FailureKind, "rerun">;

/** What became of a commit that was not answered. */
export type DoubtFate = "committed" | "rolled_back" | "unknown";

/** Told how the engine fares, for the metrics, the traces and the log. It must be quick and must not throw. */
export interface EngineObserver {
  /** Submissions have left a lane to be decided. */
  taken(lane: Lane, submissions: readonly Waited[]): void;
  committed(batch: CommittedBatch): void;
  /** So many submissions have gone to the slow lane, because others hold their wallets. */
  deferred(count: number): void;
  /** A movement, or an act, was not taken because too much is waiting. */
  overloaded(queue: "poster" | "acts"): void;
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
