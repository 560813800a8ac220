import type { KeyRecord } from "../db/keys.js";
import {
  findDecidedOperations,
  findPendingOperations,
  lockPendingOperations,
} from "../db/operation-writes.js";
import type { Session } from "../db/session.js";
import type { Claim, Queued } from "../ledger/movement.js";

/** A claim whose key was claimed when it was accepted into the queue. */
export type QueuedClaim = Claim & { readonly queued: Queued };

/** What a batch finds of the operations that it is to apply. */
export interface LockedOperations {
  /** Those to apply that are pending, and are this batch's to decide. */
  readonly locked: ReadonlySet<string>;
  /** All that are not known to be complete, of those to apply and of those that come before them. */
  readonly pending: ReadonlySet<string>;
  /** What became of those that are complete already, by operation id. */
  readonly taken: ReadonlyMap<string, KeyRecord>;
}

const nothing: LockedOperations = { locked: new Set(), pending: new Set(), taken: new Map() };

export function isQueued(claim: Claim): claim is QueuedClaim {
  return claim.queued !== null;
}

/**
 * Locks the operations that a batch is to apply, so that each is applied once, whoever else tries. One that another
 * process is applying is left to it: waiting would hold up all the others of the batch. Like a claim this gives the batch
 * its transaction id. A batch without any operation asks for nothing.
 */
export async function lockOperations(session: Session, claims: readonly Claim[]): Promise<LockedOperations> {
  const queued = claims.filter(isQueued);
  if (queued.length === 0) return nothing;
  const ids = new Set(queued.map(({ operationId }) => operationId));
  const before = new Set(queued.flatMap(({ queued: { after } }) => after).filter((id) => !ids.has(id)));
  const [locked, stillBefore] = await Promise.all([
    lockPendingOperations(session, ids, "skip"),
    before.size === 0 ? [] : findPendingOperations(session, before),
  ]);
  const others = [...ids].filter((id) => !locked.has(id));
  const decided = others.length === 0 ? [] : await findDecidedOperations(session, others);
  const taken = new Map(decided.map((record) => [record.operationId, record]));
  const pending = new Set([...locked, ...stillBefore, ...others.filter((id) => !taken.has(id))]);
  return { locked, pending, taken };
}
