import { readClock } from "../db/clock.js";
import { updateJobs } from "../db/jobs.js";
import { lockJobsForWrite } from "../db/locks.js";
import { completedJob, type Job, jobNotFound, startedJob } from "../ledger/job.js";
import type { ActContext } from "./acts.js";

/**
 * Takes a job up. Of several workers that try, the lock lets one succeed.
 * @throws JOB_NOT_FOUND, JOB_STATE
 */
export function startJob(context: ActContext, jobId: string): Promise<Job> {
  return moveJob(context, jobId, startedJob);
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
  return moveJob(context, jobId, (job, now) => completedJob(job, result, now));
}

async function moveJob(
  { session, locks, concerns }: ActContext,
  jobId: string,
  move: (job: Job, now: bigint) => Job,
): Promise<Job> {
  const [[job], now] = await Promise.all([lockJobsForWrite(locks, session, [jobId]), readClock(session)]);
  if (job === undefined) throw jobNotFound(jobId);
  concerns(job.walletId);
  const moved = move(job, now);
  await updateJobs(session, [moved]);
  return moved;
}
