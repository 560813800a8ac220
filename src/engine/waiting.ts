import type { Submission } from "../ledger/bulk.js";
import type { BulkResult } from "./bulk.js";
import type { MovementResult } from "./outcome.js";

/** The fast lane passes over locked wallets; the slow lane waits for them. Each has one batch under way at most. */
export type Lane = "fast" | "slow";

/** What has waited in a lane of the poster, and how long. */
export interface Waited {
  readonly submission: Submission;
  /** When it came into the lane, in milliseconds by `performance.now()`. */
  readonly sinceMs: number;
  /** When it was last taken from a lane to be decided, likewise. */
  readonly takenMs: number;
}

/** What waits in a lane of the poster, and whom to tell what became of it. */
export interface Waiting extends Waited {
  /** When the caller stops waiting, in milliseconds since 1970; undefined when it did not say. */
  readonly deadlineMs: number | undefined;
  sinceMs: number;
  takenMs: number;
  /** What it waits for in the slow lane. */
  blockedOn: ReadonlySet<string>;
  /** How often it has waited there. */
  slowTries: number;
  resolve(result: MovementResult | BulkResult): void;
  reject(error: unknown): void;
}
