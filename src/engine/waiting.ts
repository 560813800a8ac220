import type { Submission } from "../ledger/bulk.js";
import type { BulkResult } from "./bulk.js";
import type { MovementResult } from "./outcome.js";

/** What waits in a lane of the poster, and whom to tell what became of it. */
export interface Waiting {
  readonly submission: Submission;
  /** When the caller stops waiting, in milliseconds since 1970; undefined when it did not say. */
  readonly deadlineMs: number | undefined;
  /** What it waits for in the slow lane. */
  blockedOn: ReadonlySet<string>;
  /** How often it has waited there. */
  slowTries: number;
  resolve(result: MovementResult | BulkResult): void;
  reject(error: unknown): void;
}
