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
  /** The operations that are pending, of those to apply, which are locked, and of those that come before them. */
  readonly pending: ReadonlySet<string>;
  /** What became of those that are complete already, by operation id. */
  readonly taken: ReadonlyMap<string, KeyRecord>;
}

const nothing: LockedOperations = { pending: new Set(), taken: new Map() };

export function isQueued(claim: Claim): claim is QueuedClaim {
  return claim.queued !== null;
}

/**
 * Locks the operations that a batch is to apply, so that each is applied once, whoever else tries. Like a claim it
 * gives the batch its transaction id. A batch without any asks for nothing.
 */
export async function lockOperations(session: Session, claims: readonly Claim[]): Promise<LockedOperations> {
  const queued = claims.filter(isQueued);
  if (queued.length === 0) return nothing;
  const ids = new Set(queued.map(({ operationId }) => operationId));
  const before = new Set(queued.flatMap(({ queued: { after } }) => after).filter((id) => !ids.has(id)));
  const [locked, stillBefore] = await Promise.all([
    lockPendingOperations(session, ids),
    before.size === 0 ? [] : findPendingOperations(session, before),
  ]);
  const gone = [...ids].filter((id) => !locked.has(id));
  return {
    pending: new Set([...locked, ...stillBefore]),
    taken: gone.length === 0 ? nothing.taken : await readTaken(session, gone),
  };
}

async function readTaken(session: Session, ids: readonly string[]): Promise<Map<string, KeyRecord>> {
  const found = await findDecidedOperations(session, ids);
  const records = new Map(found.map((record) => [record.operationId, record]));
  for (const id of ids) if (!records.has(id)) throw new Error(`there is no operation ${id}`);
  return records;
}
