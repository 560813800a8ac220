import type { Command } from "./command.js";
import { refundTotalOf } from "./correction.js";
import { assertUnfinished, type Job, jobNotFound } from "./job.js";
import type { JobFailure } from "./movement.js";
import { type Accepted, unmoved } from "./plan.js";
import { giveBack, refundOutlineOf, refundParties } from "./refund.js";
import { refundableOf } from "./refund-total.js";
import type { LedgerState } from "./state.js";
import type { Outline } from "./transaction.js";

/** Plans to end a job as not done, and to give back what is left of what it cost. */
export function planJobFailure(state: LedgerState, command: Command, movement: JobFailure): Accepted {
  const { jobId, original } = movement;
  const job = state.jobs.get(jobId);
  if (job === undefined || original === null) throw jobNotFound(jobId);
  assertUnfinished(job);
  const { transaction } = original;
  const units = refundableOf(refundTotalOf(state, transaction));
  const failed: Job = { ...job, state: "FAILED", failureReason: movement.description, endTime: state.now };
  if (units === 0n) return withoutRefund(command, failed);
  const refund = giveBack(state, command, transaction, refundParties(state, transaction), units);
  return { ...refund, job: { ...failed, refundTransactionId: refund.transaction.id } };
}

/** A refused failure is listed as the refund that it would have made. */
export function jobFailureOutline({ original }: JobFailure): Outline | null {
  return original === null ? null : refundOutlineOf(original.transaction, null);
}

/** Everything was refunded before, or the spend was reversed. */
function withoutRefund(command: Command, job: Job): Accepted {
  return { ...unmoved(command), job };
}
