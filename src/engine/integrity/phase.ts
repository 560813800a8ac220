import type { IntegrityRun } from "../../db/integrity/runs.js";
import type { Session } from "../../db/session.js";
import type { IntegrityFinding } from "../../ledger/integrity.js";

/** What one step of a phase works with, in a short transaction of its own. */
export interface StepContext {
  readonly session: Session;
  readonly run: IntegrityRun;
  /** Where the step before it ended, as that step said; null in the first step of the phase. */
  readonly after: readonly string[] | null;
  /** The ids of the keys that checkpoints may be signed with; empty when that is not known. */
  readonly trustedKeyIds: readonly string[];
  /** How many rows to verify, about: as many as take a fraction of a second. */
  readonly size: number;
  /** What the phases before and the steps before have added up. */
  readonly tally: Tally;
}

/** What a check adds up on its way. Immutable. */
export interface Tally {
  /** Postings whose chain was verified. */
  readonly chainedPostings: bigint;
  /** Postings whose transaction was verified. */
  readonly balancedPostings: bigint;
  readonly wallets: bigint;
  /** By asset: top-ups less withdrawals, net of their refunds and reversals, as transactions say. */
  readonly deposits: ReadonlyMap<string, bigint>;
}

/** What a step came to. */
export interface Step {
  readonly findings: readonly IntegrityFinding[];
  /** Where it ended; null when there is nothing left in the phase. Kept with the run, so that it may go on from there. */
  readonly through: readonly string[] | null;
  /** What it has added up, where it has added anything. */
  readonly tally?: Partial<Tally>;
}

/** A part of the check that goes through rows of one kind, in steps that can be paused and resumed. */
export interface Phase {
  readonly name: string;
  step(context: StepContext): Promise<Step>;
}

/** The tally of a check that begins. */
export const emptyTally: Tally = {
  chainedPostings: 0n,
  balancedPostings: 0n,
  wallets: 0n,
  deposits: new Map(),
};
