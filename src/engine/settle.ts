import type { KeyOutcome } from "../db/keys.js";
import {
  type Bulk,
  type BulkPlan,
  type BulkRefusal,
  claimsOf,
  type Submission,
  validatesOnly,
} from "../ledger/bulk.js";
import type { Claim } from "../ledger/movement.js";
import type { Plan } from "../ledger/plan.js";
import { isRecorded } from "../ledger/reason.js";
import { bulkOutcomeOf } from "./bulk.js";
import type { LockedBatch } from "./lock-batch.js";
import { isQueued } from "./lock-operations.js";
import { outcomeOf } from "./outcome.js";
import type { Verdict } from "./verdict.js";

/** What is written of a batch, and what becomes of the keys that it claimed. */
export interface Settlement {
  /** What was planned for each command that keeps its key, in order of arrival. */
  readonly plans: readonly Plan[];
  /** The bulks that were refused and keep their own key. */
  readonly refusedBulks: readonly RefusedBulk[];
  /** The claims that last. */
  readonly kept: readonly Claim[];
  /** What their keys keep, where the rows of the transaction do not say it all. */
  readonly outcomes: readonly { readonly claim: Claim; readonly outcome: KeyOutcome }[];
  /** The queued operations that are complete; the outcome is null where the rows of the transaction say it all. */
  readonly completed: readonly { readonly claim: Claim; readonly outcome: KeyOutcome | null }[];
  /** The claims that are given back. */
  readonly released: readonly Claim[];
}

export interface RefusedBulk {
  readonly bulk: Bulk;
  readonly refusal: BulkRefusal;
}

interface Draft extends Settlement {
  readonly plans: Plan[];
  readonly refusedBulks: RefusedBulk[];
  readonly kept: Claim[];
  readonly outcomes: { claim: Claim; outcome: KeyOutcome }[];
  readonly completed: { claim: Claim; outcome: KeyOutcome | null }[];
  readonly released: Claim[];
}

/** Settles what was decided. What was only validated leaves nothing; what is queued keeps its key whatever happens. */
export function settle(
  { taken }: LockedBatch,
  submissions: readonly Submission[],
  verdicts: readonly Verdict[],
): Settlement {
  const draft: Draft = { plans: [], refusedBulks: [], kept: [], outcomes: [], completed: [], released: [] };
  submissions.forEach((submission, index) => {
    const verdict = verdicts[index];
    if (verdict === undefined || validatesOnly(submission)) return;
    const kept = verdict.kind === "planned" ? keepPlanned(draft, verdict.plan) : 0;
    const given = claimsOf(submission).slice(kept);
    draft.released.push(...given.filter((claim) => !isQueued(claim) && !taken.has(claim.operationId)));
  });
  return draft;
}

/** Keeps what was decided, and says how many of the submission's claims last, from the first on. */
function keepPlanned(draft: Draft, plan: Plan | BulkPlan): number {
  const before = draft.kept.length;
  if (plan.kind === "bulk") keepBulk(draft, plan);
  else keep(draft, plan);
  return draft.kept.length - before;
}

function keep(draft: Draft, plan: Plan): void {
  const { claim } = plan.command;
  draft.plans.push(plan);
  draft.kept.push(claim);
  const outcome = outcomeOf(plan);
  if (isQueued(claim)) draft.completed.push({ claim, outcome });
  else if (outcome !== null) draft.outcomes.push({ claim, outcome });
}

function keepBulk(draft: Draft, plan: BulkPlan): void {
  const { bulk, plans, refusal } = plan;
  const { claim } = bulk;
  // A refusal that is not recorded leaves every key free, its own too.
  if (refusal !== null && !isRecorded(refusal.error.reason)) return;
  if (refusal !== null) draft.refusedBulks.push({ bulk, refusal });
  draft.kept.push(claim);
  draft.outcomes.push({ claim, outcome: bulkOutcomeOf(plan) });
  for (const one of plans) keep(draft, one);
}
