import type { Command } from "./command.js";
import type { Claim } from "./movement.js";
import { applyPlan, type Plan } from "./plan.js";
import { planCommand } from "./planner.js";
import type { LedgerState } from "./state.js";
import type { WalletError } from "./wallet-error.js";

/** Commands of one call that are decided together, in order, each on top of the ones before it. */
export interface Bulk {
  /** The claim of the call. Its operation id is the id of the batch. */
  readonly claim: Claim;
  /** At least one; each with a key of its own, and none of them validated only. */
  readonly commands: readonly Command[];
  /** Whether one refusal refuses all. Without, it is only validated: what stands alone is submitted alone. */
  readonly atomic: boolean;
  /** Whether to answer what would happen and do nothing. */
  readonly validateOnly: boolean;
}

/** What the poster takes: one command, or several that are decided together. */
export type Submission = Command | Bulk;

/** What was decided for a bulk. */
export interface BulkPlan {
  readonly kind: "bulk";
  readonly bulk: Bulk;
  /** One for each command, in order; empty when all were refused for one. */
  readonly plans: readonly Plan[];
  /** The command that all were refused for, and why; null when there is none. */
  readonly refusal: BulkRefusal | null;
}

/** Why nothing of an atomic bulk is done. */
export interface BulkRefusal {
  /** The place of the refused command, from 0. */
  readonly index: number;
  readonly error: WalletError;
}

export function isBulk(submission: Submission): submission is Bulk {
  return "commands" in submission;
}

export function commandsOf(submission: Submission): readonly Command[] {
  return isBulk(submission) ? submission.commands : [submission];
}

/** Whether it is only asked what would happen. */
export function validatesOnly(submission: Submission): boolean {
  return isBulk(submission) ? submission.validateOnly : submission.movement.validateOnly;
}

/** What it claims: its own key first, then those of its commands. Nothing when it is only validated. */
export function claimsOf(submission: Submission): Claim[] {
  if (validatesOnly(submission)) return [];
  if (!isBulk(submission)) return [submission.claim];
  return [submission.claim, ...submission.commands.map(({ claim }) => claim)];
}

/** Plans a bulk against the locked state, which stays as it is: `applyBulk` moves it on. */
export function planBulk(state: LedgerState, bulk: Bulk): BulkPlan {
  const trial = trialOf(state, bulk);
  const plans: Plan[] = [];
  for (const [index, command] of bulk.commands.entries()) {
    const plan = planCommand(trial, command);
    if (bulk.atomic && plan.kind === "refused") {
      return { kind: "bulk", bulk, plans: [], refusal: { index, error: plan.error } };
    }
    applyPlan(trial, plan);
    plans.push(plan);
  }
  return { kind: "bulk", bulk, plans, refusal: null };
}

/** Moves the state on by all plans of a bulk. */
export function applyBulk(state: LedgerState, { bulk, plans }: BulkPlan): void {
  if (bulk.validateOnly) return;
  for (const plan of plans) applyPlan(state, plan);
}

/**
 * A copy of the state that plans can be tried on. Every map in it is copied, whichever they are: one that was
 * forgotten would let a refused bulk change it. Of the wallets, by far the most, only those that the bulk locked.
 */
function trialOf(state: LedgerState, bulk: Bulk): LedgerState {
  const copied = Object.entries(state).map(([name, value]) => [
    name,
    value instanceof Map && value !== state.wallets ? new Map(value) : value,
  ]);
  return { ...Object.fromEntries(copied), wallets: walletsOf(state, bulk) };
}

function walletsOf(state: LedgerState, { commands }: Bulk): LedgerState["wallets"] {
  const touched: LedgerState["wallets"] = new Map();
  for (const { touches } of commands) {
    for (const { walletId } of touches.wallets) {
      const wallet = state.wallets.get(walletId);
      if (wallet !== undefined) touched.set(walletId, wallet);
    }
  }
  return touched;
}
