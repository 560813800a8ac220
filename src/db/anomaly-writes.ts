import type { Anomaly } from "../ledger/anomaly.js";
import { type AnomalyRow, anomalyColumns, toAnomaly } from "./anomalies.js";
import type { Session } from "./session.js";
import { plainArray, textArray, timeArray, toTimestamp } from "./sql.js";

/**
 * Writes anomalies that were just found, and the events of those that somebody must judge. What was found before is
 * left out: whoever goes on after a kill finds once more what was found since the cursor was kept.
 *
 * @returns those that are new. The caller sees to it that nobody else writes anomalies at the same time.
 */
export async function insertAnomalies(session: Session, found: readonly Anomaly[]): Promise<Anomaly[]> {
  const added = new Set(await insertRows(session, found));
  const anomalies = found.filter(({ id }) => added.has(id));
  await insertEvents(session, anomalies.filter(hasEvent));
  return anomalies;
}

async function insertRows(session: Session, found: readonly Anomaly[]): Promise<string[]> {
  const rows = await session.send<{ id: string }>(
    `insert into anomalies (id, rule, severity, wallet_id, holder_id, transaction_ids, summary, evidence, freeze_state,
       create_time)
     select id, rule, severity, wallet_id, holder_id, transaction_ids::uuid[], summary, evidence, freeze_state, create_time
     from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::jsonb[],
       $9::text[], $10::timestamptz[])
       as found (id, rule, severity, wallet_id, holder_id, transaction_ids, summary, evidence, freeze_state, create_time)
     where not exists (select from anomalies a where a.wallet_id = found.wallet_id and a.rule = found.rule
       and a.transaction_ids = found.transaction_ids::uuid[])
     returning id`,
    [
      plainArray(found.map(({ id }) => id)),
      textArray(found.map(({ rule }) => rule)),
      plainArray(found.map(({ severity }) => severity)),
      plainArray(found.map(({ walletId }) => walletId)),
      textArray(found.map(({ holderId }) => holderId)),
      textArray(found.map(({ transactionIds }) => plainArray(transactionIds))),
      textArray(found.map(({ summary }) => summary)),
      textArray(found.map(({ evidence }) => JSON.stringify(evidence))),
      plainArray(found.map(({ freezeState }) => freezeState)),
      timeArray(found.map(({ createTime }) => createTime)),
    ],
  );
  return rows.map(({ id }) => id);
}

function hasEvent({ severity }: Anomaly): boolean {
  return severity !== "NOTE";
}

/**
 * An anomaly is no change of its wallet, so its event is of a series of its own: the only one there is about this
 * anomaly, under the anomaly's id.
 */
async function insertEvents(session: Session, found: readonly Anomaly[]): Promise<void> {
  if (found.length === 0) return;
  await session.send(
    `insert into outbox (id, aggregatetype, aggregateid, seq, type, payload, create_time)
     select id, 'anomaly', id::text, 1, 'found', payload, create_time
     from unnest($1::uuid[], $2::jsonb[], $3::timestamptz[]) as found (id, payload, create_time)`,
    [
      plainArray(found.map(({ id }) => id)),
      textArray(found.map((anomaly) => JSON.stringify(payloadOf(anomaly)))),
      timeArray(found.map(({ createTime }) => createTime)),
    ],
  );
}

function payloadOf({ rule, severity, walletId, holderId, transactionIds, summary, evidence }: Anomaly) {
  return {
    rule,
    severity,
    wallet_id: walletId,
    holder_id: holderId,
    transaction_ids: transactionIds,
    summary,
    evidence,
  };
}

/** Locks one anomaly until the transaction ends. It comes before all that `locks.ts` locks. */
export async function lockAnomaly(session: Session, id: string): Promise<Anomaly | undefined> {
  const rows = await session.send<AnomalyRow>(
    `select ${anomalyColumns} from anomalies a where a.id = $1 for update`,
    [id],
  );
  return rows.map(toAnomaly)[0];
}

/** Writes what may change of a locked anomaly: its review and its freeze. */
export async function updateAnomaly(session: Session, anomaly: Anomaly): Promise<void> {
  const { id, state, freezeState, reviewedBy, reviewReason, reviewTime } = anomaly;
  await session.send(
    `update anomalies set state = $2, freeze_state = $3, reviewed_by = $4, review_reason = $5, review_time = $6
     where id = $1`,
    [id, state, freezeState, reviewedBy, reviewReason, reviewTime === null ? null : toTimestamp(reviewTime)],
  );
}
