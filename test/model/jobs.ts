import type { Command } from "./command.js";
import { type Facts, type Ledger, type ModelJob, Refused } from "./ledger.js";
import { giveBack, leftToRefund, sidesOf } from "./refunds.js";
import { needMoving } from "./rules.js";

type Of<Kind> = Extract<Command, { kind: Kind }>;

/** StartJob. */
export function startJob(ledger: Ledger, command: Of<"startJob">): Facts {
  const job = needJob(ledger, command.job, ["PENDING"]);
  job.state = "RUNNING";
  return { job: { ...job } };
}

/** CompleteJob. */
export function completeJob(ledger: Ledger, command: Of<"completeJob">): Facts {
  const job = needJob(ledger, command.job, ["PENDING", "RUNNING"]);
  job.state = "COMPLETED";
  return { job: { ...job } };
}

/** FailJob. It refunds what is not yet refunded of the spend; where nothing is left, it only ends the job. */
export function failJob(ledger: Ledger, command: Of<"failJob">, id: string): Facts {
  const job = needJob(ledger, command.job, ["PENDING", "RUNNING"]);
  const spend = ledger.transactions.get(job.spend);
  if (spend === undefined) throw new Error(`the model has lost ${job.spend}`);
  const units = leftToRefund(spend);
  if (units === 0n) {
    job.state = "FAILED";
    return { job: { ...job } };
  }
  needMoving(ledger, sidesOf(ledger, spend));
  const facts = giveBack(ledger, spend, { asset: spend.asset, units }, { id, reference: "", job: job.id });
  job.state = "FAILED";
  job.refund = id;
  return { ...facts, job: { ...job } };
}

function needJob(ledger: Ledger, id: string, states: readonly ModelJob["state"][]): ModelJob {
  const job = ledger.jobs.get(id);
  if (job === undefined) throw new Refused("JOB_NOT_FOUND");
  if (!states.includes(job.state)) throw new Refused("JOB_STATE", { state: job.state });
  return job;
}
