import type { Claim } from "../ledger/movement.js";
import type { KeyOutcome } from "./keys.js";
import type { OnLocked } from "./locks.js";
import { type OperationRecord, type OperationRow, operationColumns, toOperation } from "./operations.js";
import type { Session } from "./session.js";
import { bytesArray, plainArray, textArray, timeArray } from "./sql.js";

/** An operation as it is accepted. */
export interface NewOperation {
  /** The claim of its key; its operation id is the operation's. */
  readonly claim: Claim;
  /** A snapshot of the decoded movement. */
  readonly movement: unknown;
  readonly walletIds: readonly string[];
  readonly position: bigint;
  readonly createTime: bigint;
}

/** Puts operations into the queue, in the transaction that claims their keys. */
export async function insertOperations(session: Session, operations: readonly NewOperation[]): Promise<void> {
  const claims = operations.map(({ claim }) => claim);
  await session.send(
    `insert into operations (id, key, caller, method, fingerprint, request_id, remote_address, traceparent, movement,
       wallet_ids, position, create_time)
     select id, key, caller, method, fingerprint, request_id, remote_address, traceparent, movement,
       wallet_ids::uuid[], position, create_time
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::text[],
       $9::jsonb[], $10::text[], $11::bigint[], $12::timestamptz[])
       as accepted (id, key, caller, method, fingerprint, request_id, remote_address, traceparent, movement, wallet_ids,
         position, create_time)`,
    [
      plainArray(claims.map((claim) => claim.operationId)),
      textArray(claims.map((claim) => claim.key)),
      textArray(claims.map((claim) => claim.caller)),
      textArray(claims.map((claim) => claim.method)),
      bytesArray(claims.map((claim) => claim.fingerprint)),
      textArray(claims.map((claim) => claim.requestId)),
      textArray(claims.map((claim) => claim.remoteAddress)),
      textArray(claims.map((claim) => claim.traceparent)),
      textArray(operations.map(({ movement }) => JSON.stringify(movement))),
      textArray(operations.map(({ walletIds }) => plainArray(walletIds))),
      plainArray(operations.map(({ position }) => position)),
      timeArray(operations.map(({ createTime }) => createTime)),
    ],
  );
}

/**
 * Locks those of these operations that are pending until the transaction ends, in ascending order of id, and returns the
 * ids of those it got. One that another transaction is applying at this moment is waited for, or passed over.
 */
export async function lockPendingOperations(
  session: Session,
  ids: Iterable<string>,
  onLocked: OnLocked,
): Promise<Set<string>> {
  const rows = await session.send<{ id: string }>(
    `select o.id from operations o where o.id = any($1::uuid[]) and o.complete_time is null
     order by o.id for update ${onLocked === "skip" ? "skip locked" : ""}`,
    [plainArray(ids)],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Those of these operations that are not known to be complete. Nothing is locked and nothing waited for. */
export async function findPendingOperations(session: Session, ids: Iterable<string>): Promise<string[]> {
  const rows = await session.send<{ id: string }>(
    "select o.id from operations o where o.id = any($1::uuid[]) and o.complete_time is null",
    [plainArray(ids)],
  );
  return rows.map(({ id }) => id);
}

/** What became of these operations, inside a transaction. */
export async function findDecidedOperations(
  session: Session,
  ids: Iterable<string>,
): Promise<OperationRecord[]> {
  const rows = await session.send<OperationRow>(
    `select ${operationColumns} from operations o where o.id = any($1::uuid[]) and o.complete_time is not null`,
    [plainArray(ids)],
  );
  return rows.map(toOperation);
}

/**
 * Completes operations.
 *
 * @param decided the outcome is null where the transaction's own rows say it all; the time in microseconds since 1970.
 */
export async function completeOperations(
  session: Session,
  decided: readonly { claim: Claim; outcome: KeyOutcome | null; time: bigint }[],
): Promise<void> {
  await session.send(
    `update operations o set outcome = decided.outcome, complete_time = decided.complete_time
     from unnest($1::uuid[], $2::jsonb[], $3::timestamptz[]) as decided (id, outcome, complete_time)
     where o.id = decided.id`,
    [
      plainArray(decided.map(({ claim }) => claim.operationId)),
      textArray(decided.map(({ outcome }) => (outcome === null ? null : JSON.stringify(outcome)))),
      timeArray(decided.map(({ time }) => time)),
    ],
  );
}
