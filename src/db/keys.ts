import type { DataSource } from "typeorm";
import type { Claim } from "../ledger/movement.js";
import { readRows } from "./read.js";
import type { Session } from "./session.js";
import { bytesArray, plainArray, textArray } from "./sql.js";

/** What an idempotency key points at. */
export interface KeyRecord {
  readonly key: string;
  readonly caller: string;
  readonly fingerprint: Buffer;
  readonly method: string;
  /** The id of what came of it; for a posted movement the transaction's. */
  readonly operationId: string;
  /** What was decided, where the transaction's own rows do not say it all: a refusal, or an act's answer. */
  readonly outcome: KeyOutcome | null;
  readonly createTime: bigint;
}

/** A decision that is kept with the key. */
export type KeyOutcome =
  | {
      readonly requestId: string;
      readonly refused: {
        reason: string;
        message: string;
        metadata: Record<string, string>;
        /** The transaction that records the refusal. Empty when there is none. */
        transactionId: string;
      };
    }
  | { readonly requestId: string; readonly result: unknown };

interface KeyRow {
  key: string;
  caller: string;
  fingerprint: Buffer;
  method: string;
  operation_id: string;
  outcome: KeyOutcome | null;
  create_time: bigint;
}

const keyColumns = "k.key, k.caller, k.fingerprint, k.method, k.operation_id, k.outcome, k.create_time";

/**
 * Claims keys for this transaction and returns the operation ids of those that were free.
 *
 * A key that another transaction is claiming at this moment is waited for: its fate decides ours. Everybody claims
 * in the same order, so nobody waits in a circle.
 */
export async function claimKeys(session: Session, claims: readonly Claim[]): Promise<Set<string>> {
  const rows = await session.sendPrepared<{ operation_id: string }>(
    `insert into idempotency_keys (key, caller, fingerprint, method, operation_id, create_time)
     select key, caller, fingerprint, method, operation_id, now()
     from unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::uuid[])
       as claim (key, caller, fingerprint, method, operation_id)
     order by key, caller
     on conflict (key, caller) do nothing
     returning operation_id`,
    [
      textArray(claims.map((claim) => claim.key)),
      textArray(claims.map((claim) => claim.caller)),
      bytesArray(claims.map((claim) => claim.fingerprint)),
      textArray(claims.map((claim) => claim.method)),
      plainArray(claims.map((claim) => claim.operationId)),
    ],
  );
  return new Set(rows.map((row) => row.operation_id));
}

/** What these keys point at, for those that point at anything. */
export async function findKeys(
  session: Session,
  keys: readonly Pick<Claim, "key" | "caller">[],
): Promise<KeyRecord[]> {
  const rows = await session.send<KeyRow>(
    `select ${keyColumns}
     from idempotency_keys k
     join unnest($1::text[], $2::text[]) as wanted (key, caller) on k.key = wanted.key and k.caller = wanted.caller`,
    [textArray(keys.map((claim) => claim.key)), textArray(keys.map((claim) => claim.caller))],
  );
  return rows.map(toKeyRecord);
}

/** What one key points at, outside any transaction: one that is being claimed at this moment is not seen. */
export async function findKey(
  reader: DataSource,
  { key, caller }: Pick<Claim, "key" | "caller">,
): Promise<KeyRecord | undefined> {
  const rows = await readRows<KeyRow>(
    reader,
    `select ${keyColumns} from idempotency_keys k where k.key = $1 and k.caller = $2`,
    [key, caller],
  );
  return rows.map(toKeyRecord)[0];
}

/** Gives claimed keys back, so that whoever claims them next finds them free. */
export async function releaseKeys(session: Session, claims: readonly Claim[]): Promise<void> {
  await session.send(
    `delete from idempotency_keys k
     using unnest($1::text[], $2::text[]) as released (key, caller)
     where k.key = released.key and k.caller = released.caller`,
    [textArray(claims.map((claim) => claim.key)), textArray(claims.map((claim) => claim.caller))],
  );
}

/** Keeps a decision with its key. */
export async function recordOutcomes(
  session: Session,
  decided: readonly { claim: Claim; outcome: KeyOutcome }[],
): Promise<void> {
  await session.send(
    `update idempotency_keys k set outcome = decided.outcome
     from unnest($1::text[], $2::text[], $3::jsonb[]) as decided (key, caller, outcome)
     where k.key = decided.key and k.caller = decided.caller`,
    [
      textArray(decided.map(({ claim }) => claim.key)),
      textArray(decided.map(({ claim }) => claim.caller)),
      textArray(decided.map(({ outcome }) => JSON.stringify(outcome))),
    ],
  );
}

function toKeyRecord(row: KeyRow): KeyRecord {
  return {
    key: row.key,
    caller: row.caller,
    fingerprint: row.fingerprint,
    method: row.method,
    operationId: row.operation_id,
    outcome: row.outcome,
    createTime: row.create_time,
  };
}
