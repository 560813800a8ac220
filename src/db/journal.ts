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

/** Who did what, with which result. */
export interface AuditEntry {
  readonly id: string;
  /** What was done; a refusal is one whatever was asked for. */
  readonly kind: "MOVEMENT" | "REFUSAL" | "ADMINISTRATION";
  readonly caller: string;
  readonly onBehalfOf: string;
  readonly method: string;
  /** The reason it was refused for; null when it was done. */
  readonly errorReason: string | null;
  /** The transaction that came of it; null when there is none. */
  readonly transactionId: string | null;
  /** The holder, wallet, asset or hold it was done to; empty for a transaction. */
  readonly resourceId: string;
  /** What the caller gave as the reason. */
  readonly reason: string;
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
    `insert into audit_log (id, kind, caller, on_behalf_of, method, error_reason, transaction_id, resource_id, reason,
       request_id, create_time)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[],
       $8::text[], $9::text[], $10::text[], $11::timestamptz[])`,
    [
      plainArray(entries.map((entry) => entry.id)),
      plainArray(entries.map((entry) => entry.kind)),
      textArray(entries.map((entry) => entry.caller)),
      textArray(entries.map((entry) => entry.onBehalfOf)),
      textArray(entries.map((entry) => entry.method)),
      textArray(entries.map((entry) => entry.errorReason)),
      textArray(entries.map((entry) => entry.transactionId)),
      textArray(entries.map((entry) => entry.resourceId)),
      textArray(entries.map((entry) => entry.reason)),
      textArray(entries.map((entry) => entry.requestId)),
      timeArray(entries.map((entry) => entry.time)),
    ],
  );
}
