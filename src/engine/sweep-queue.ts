import { listPendingOperations } from "../db/operations.js";
import { type ApplyContext, type Applying, OperationApplier } from "./apply-operations.js";
import { Lease } from "./lease.js";
import type { EngineLimits } from "./limits.js";
import { defaultQueueLimits, queueLease } from "./queue-worker.js";

/** What one bounded round of sweeping the queue came to. */
export interface SweptQueue {
  /** How many operations were decided that no worker was there for. */
  readonly staleOperations: number;
  /** Whether more of them are left. */
  readonly more: boolean;
}

/**
 * Applies pending operations when no process has the lease of the queue, which a worker that went leaves behind until
 * it ends. With a worker at work there is nothing stale, whatever is pending.
 *
 * @param max the largest number of operations to apply; 0 only asks whether there are any.
 */
export async function sweepQueue(
  context: ApplyContext & { readonly limits: EngineLimits },
  max: number,
): Promise<SweptQueue> {
  const { database, limits } = context;
  const lease = new Lease(database, limits, queueLease, defaultQueueLimits.leaseMs);
  if (!(await lease.take())) return { staleOperations: 0, more: false };
  try {
    const staleOperations = await applyPending(context, lease, max);
    const left = await listPendingOperations(database.reader, { busy: [], after: null, limit: 1 });
    return { staleOperations, more: left.length > 0 };
  } finally {
    await lease.release();
  }
}

/** What could not be decided is left to the next worker, and with it what comes behind it. */
async function applyPending(context: ApplyContext, lease: Lease, max: number): Promise<number> {
  const applier = new OperationApplier(context, defaultQueueLimits);
  let started = 0;
  let applied = 0;
  while (started < max && (await lease.take())) {
    const round: Applying[] = [];
    const room = Math.min(max - started, defaultQueueLimits.inFlightMax - applier.underWay);
    if ((await applier.start(room, (applying) => round.push(applying))) === 0) break;
    started += round.length;
    for (const { id, failure } of round) {
      if ((await failure) !== null) continue;
      applied++;
      applier.end(id);
    }
  }
  return applied;
}
