import { updateJobs } from "../db/jobs.js";
import { lockJobsForWrite } from "../db/locks.js";
import { completedJob, type Job, jobNotFound, startedJob } from "../ledger/job.js";
import type { ActContext } from "./acts.js";

/**
 * Takes a job up. Of several workers that try, the lock lets one succeed.
 * @throws JOB_NOT_FOUND, JOB_STATE
 */
export function startJob(context: ActContext, jobId: string): Promise<Job> {
  return moveJob(context, jobId, (job) => startedJob(job, context.now));
}

/**
 * Ends a job as done.
 * @throws JOB_NOT_FOUND, JOB_STATE
 */
export function completeJob(
  context: ActContext,
  jobId: string,
  result: Readonly<Record<string, string>>,
): Promise<Job> {
  return moveJob(context, jobId, (job) => completedJob(job, result, context.now));
}

async function moveJob(
  { session, locks, concerns }: ActContext,
  jobId: string,
  move: (job: Job) => Job,
): Promise<Job> {
  const [job] = await lockJobsForWrite(locks, session, [jobId]);
  if (job === undefined) throw jobNotFound(jobId);
  concerns(job.walletId);
  const moved = move(job);
  await updateJobs(session, [moved]);
  return moved;
}
