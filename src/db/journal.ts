import type { AuditEntry } from "./audit-entry.js";
import type { HoldPayload } from "./hold-events.js";
import type { Session } from "./session.js";
import { plainArray, textArray, timeArray } from "./sql.js";

/** Something that happened to a wallet, for those who follow it. Ordered by (wallet, version). */
export interface OutboxEvent {
  readonly id: string;
  readonly walletId: string;
  /** The wallet's version after it. */
  readonly version: bigint;
  readonly type: string;
  /** With the wallet's `asset`, `status`, `balance`, `held` and `available` after it, besides what the type adds. */
  readonly payload: Readonly<Record<string, string | HoldPayload>>;
  readonly time: bigint;
}

/** Writes events in the transaction of what they tell of, so that none is lost and none is invented. */
export async function insertOutbox(session: Session, events: readonly OutboxEvent[]): Promise<void> {
  await session.sendPrepared(
    `insert into outbox (id, aggregatetype, aggregateid, seq, type, payload, create_time)
     select id, 'wallet', aggregateid, seq, type, payload, create_time
     from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::jsonb[], $6::timestamptz[])
       as event (id, aggregateid, seq, type, payload, create_time)`,
    [
      plainArray(events.map((event) => event.id)),
      plainArray(events.map((event) => event.walletId)),
      plainArray(events.map((event) => event.version)),
      textArray(events.map((event) => event.type)),
      textArray(events.map((event) => JSON.stringify(event.payload))),
      timeArray(events.map((event) => event.time)),
    ],
  );
}

/** Writes audit entries in the transaction of what they tell of. */
export function insertAudit(session: Session, entries: readonly AuditEntry[]): Promise<void> {
  return insertEntries(session, entries, "");
}

/** Writes audit entries in a transaction of their own. One that an attempt in doubt has written already stays. */
export function insertAuditOnce(session: Session, entries: readonly AuditEntry[]): Promise<void> {
  return insertEntries(session, entries, "on conflict (id) do nothing");
}

async function insertEntries(
  session: Session,
  entries: readonly AuditEntry[],
  onConflict: string,
): Promise<void> {
  const concerning = entries.filter(concernsSomebody);
  const others = concerning.length === 0 ? entries : entries.filter((entry) => !concernsSomebody(entry));
  await Promise.all([
    others.length === 0 ? null : insertPlain(session, others, onConflict),
    concerning.length === 0 ? null : insertConcerning(session, concerning, onConflict),
  ]);
}

function concernsSomebody({ holderIds, walletIds }: AuditEntry): boolean {
  return holderIds.length > 0 || walletIds.length > 0;
}

const auditColumns = `id, kind, caller, on_behalf_of, remote_address, method, error_reason, transaction_id, resource_id,
  reason, request_id, create_time`;

const auditArrays = `$1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[],
  $9::text[], $10::text[], $11::text[], $12::timestamptz[]`;

/** Nearly all entries of a batch: the two columns that they leave empty would cost them as much as any other. */
async function insertPlain(
  session: Session,
  entries: readonly AuditEntry[],
  onConflict: string,
): Promise<void> {
  await session.sendPrepared(
    `insert into audit_log (${auditColumns}) select * from unnest(${auditArrays}) ${onConflict}`,
    valuesOf(entries),
  );
}

async function insertConcerning(
  session: Session,
  entries: readonly AuditEntry[],
  onConflict: string,
): Promise<void> {
  await session.sendPrepared(
    `insert into audit_log (${auditColumns}, holder_ids, wallet_ids)
     select ${auditColumns},
       (select array_agg(concerned.id order by concerned.id) from (
          select unnest(holder_ids::text[]) union
          select w.holder_id from wallets w where w.id = any(wallet_ids::uuid[]) and w.holder_id is not null
        ) as concerned (id)),
       nullif(wallet_ids::uuid[], '{}')
     from unnest(${auditArrays}, $13::text[], $14::text[]) as entry (${auditColumns}, holder_ids, wallet_ids)
     ${onConflict}`,
    [
      ...valuesOf(entries),
      textArray(entries.map(({ holderIds }) => textArray(holderIds))),
      textArray(entries.map(({ walletIds }) => plainArray(walletIds))),
    ],
  );
}

function valuesOf(entries: readonly AuditEntry[]): string[] {
  return [
    plainArray(entries.map((entry) => entry.id)),
    plainArray(entries.map((entry) => entry.kind)),
    textArray(entries.map((entry) => entry.caller)),
    textArray(entries.map((entry) => entry.onBehalfOf)),
    textArray(entries.map((entry) => entry.remoteAddress)),
    textArray(entries.map((entry) => entry.method)),
    textArray(entries.map((entry) => entry.errorReason)),
    plainArray(entries.map((entry) => entry.transactionId)),
    textArray(entries.map((entry) => entry.resourceId)),
    textArray(entries.map((entry) => entry.reason)),
    textArray(entries.map((entry) => entry.requestId)),
    timeArray(entries.map((entry) => entry.time)),
  ];
}
