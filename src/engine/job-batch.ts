import { type LockStatements, lockJobsForWrite } from "../db/locks.js";
import type { Session } from "../db/session.js";
import type { Command } from "../ledger/command.js";
import type { Job } from "../ledger/job.js";
import type { Accepted } from "../ledger/plan.js";

/** Locks the jobs that these commands end. A batch that ends none asks for nothing. */
export async function lockJobs(
  locks: LockStatements,
  session: Session,
  commands: readonly Command[],
): Promise<Map<string, Job>> {
  const ids = new Set(commands.flatMap(({ touches }) => touches.jobs));
  if (ids.size === 0) return new Map();
  const jobs = await lockJobsForWrite(locks, session, ids);
  return new Map(jobs.map((job) => [job.id, job]));
}

/** The jobs that were paid for. */
export function jobsMade(accepted: readonly Accepted[]): Job[] {
  return accepted.flatMap(({ command, job }) =>
    job === null || command.touches.jobs.length > 0 ? [] : [job],
  );
}

/** The jobs that were there and have ended. */
export function jobsEnded(accepted: readonly Accepted[]): Job[] {
  return accepted.flatMap(({ command, job }) =>
    job === null || command.touches.jobs.length === 0 ? [] : [job],
  );
}
