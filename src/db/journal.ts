import type { Session } from "./session.js";
import { plainArray, textArray, timeArray } from "./sql.js";

/** Something that happened to a wallet, for those who follow it. Ordered by (wallet, version). */
export interface OutboxEvent {
  readonly id: string;
  readonly walletId: string;
  /** The wallet's version after it. */
  readonly version: bigint;
  readonly type: string;
  readonly payload: Record<string, string>;
  readonly time: bigint;
}

/** Who did what, with which result. */
export interface AuditEntry {
  readonly id: string;
  readonly actor: string;
  readonly onBehalfOf: string;
  readonly method: string;
  /** What it was done to: a transaction, wallet, holder or asset. */
  readonly resource: string;
  /** Why it was refused; null when it was done. */
  readonly refusedReason: string | null;
  readonly requestId: string;
  readonly time: bigint;
}

/** Writes events in the transaction of what they tell of, so that none is lost and none is invented. */
export async function insertOutbox(session: Session, events: readonly OutboxEvent[]): Promise<void> {
  await session.send(
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
export async function insertAudit(session: Session, entries: readonly AuditEntry[]): Promise<void> {
  await session.send(
    `insert into audit_log (id, actor, on_behalf_of, method, resource, refused_reason, request_id, create_time)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::timestamptz[])`,
    [
      plainArray(entries.map((entry) => entry.id)),
      textArray(entries.map((entry) => entry.actor)),
      textArray(entries.map((entry) => entry.onBehalfOf)),
      textArray(entries.map((entry) => entry.method)),
      textArray(entries.map((entry) => entry.resource)),
      textArray(entries.map((entry) => entry.refusedReason)),
      textArray(entries.map((entry) => entry.requestId)),
      timeArray(entries.map((entry) => entry.time)),
    ],
  );
}
