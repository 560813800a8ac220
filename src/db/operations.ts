import type { DataSource } from "typeorm";
import type { KeyOutcome, KeyRecord } from "./keys.js";
import { readRows } from "./read.js";
import { plainArray } from "./sql.js";

/** A movement that was accepted into the queue, and what became of it. */
export interface OperationRecord extends KeyRecord {
  readonly requestId: string;
  /** The address that the request to accept it came from. */
  readonly remoteAddress: string;
  readonly traceparent: string;
  /** A snapshot of the decoded movement. */
  readonly movement: unknown;
  /** When it was decided, in microseconds since 1970; null while it is pending. */
  readonly completeTime: bigint | null;
}

/** A pending operation, with what says whose turn it is. */
export interface PendingOperation {
  readonly id: string;
  /** Where it stands among all that were accepted, as `positionAt` counts; the id decides between equal ones. */
  readonly position: bigint;
  /** The wallets of holders that it touches. */
  readonly walletIds: readonly string[];
}

export interface OperationRow {
  id: string;
  key: string;
  caller: string;
  method: string;
  fingerprint: Buffer;
  request_id: string;
  remote_address: string;
  traceparent: string;
  movement: unknown;
  outcome: KeyOutcome | null;
  create_time: bigint;
  complete_time: bigint | null;
}

export const operationColumns = `o.id, o.key, o.caller, o.method, o.fingerprint, o.request_id, o.remote_address,
  o.traceparent, o.movement, o.outcome, o.create_time, o.complete_time`;

/** Those of these operations that exist, in no order. */
export async function findOperations(reader: DataSource, ids: readonly string[]): Promise<OperationRecord[]> {
  const rows = await readRows<OperationRow>(
    reader,
    `select ${operationColumns} from operations o where o.id = any($1::uuid[])`,
    [plainArray(ids)],
  );
  return rows.map(toOperation);
}

/**
 * Pending operations in the order in which they were accepted, but for those that touch nothing except `busy` wallets:
 * however many wait for one wallet, they are not in the way of the others.
 *
 * @param after the last one of the page before; null for the first page.
 */
export async function listPendingOperations(
  reader: DataSource,
  query: {
    busy: Iterable<string>;
    after: Pick<PendingOperation, "position" | "id"> | null;
    limit: number;
  },
): Promise<PendingOperation[]> {
  const { busy, after, limit } = query;
  const rows = await readRows<{ id: string; position: string; wallet_ids: string[] }>(
    reader,
    `select o.id, o.position, o.wallet_ids from operations o
     where o.complete_time is null and (o.wallet_ids = '{}' or not o.wallet_ids <@ $1::uuid[])
       and ($2::bigint is null or (o.position, o.id) > ($2, $3::uuid))
     order by o.position, o.id limit $4`,
    [plainArray(busy), after === null ? null : `${after.position}`, after?.id ?? null, limit],
  );
  return rows.map((row) => ({
    id: row.id,
    position: BigInt(row.position),
    walletIds: row.wallet_ids,
  }));
}

/** How many operations are pending. */
export async function countPendingOperations(reader: DataSource): Promise<number> {
  const [row] = await readRows<{ count: number }>(
    reader,
    "select count(*)::int as count from operations o where o.complete_time is null",
  );
  return row?.count ?? 0;
}

/** Those of these operations that are complete. */
export async function findCompleteOperations(reader: DataSource, ids: Iterable<string>): Promise<string[]> {
  const rows = await readRows<{ id: string }>(
    reader,
    "select o.id from operations o where o.id = any($1::uuid[]) and o.complete_time is not null",
    [plainArray(ids)],
  );
  return rows.map(({ id }) => id);
}

export function toOperation(row: OperationRow): OperationRecord {
  return {
    key: row.key,
    caller: row.caller,
    fingerprint: row.fingerprint,
    method: row.method,
    operationId: row.id,
    outcome: row.outcome,
    createTime: row.create_time,
    requestId: row.request_id,
    remoteAddress: row.remote_address,
    traceparent: row.traceparent,
    movement: row.movement,
    completeTime: row.complete_time,
  };
}
