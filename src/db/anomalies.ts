import type { AnomalySeverity } from "../ledger/anomaly/finding.js";
import type { Anomaly, AnomalyFreezeState, AnomalyState } from "../ledger/anomaly.js";
import type { Pool } from "./pool.js";
import { readRows } from "./read.js";
import { toTimestamp } from "./sql.js";

/** Which anomalies to list. A position is the last one of the page before; times are microseconds since 1970. */
export interface AnomalyQuery {
  readonly state: AnomalyState | null;
  readonly severity: AnomalySeverity | null;
  readonly rule: string | null;
  readonly walletId: string | null;
  readonly holderId: string | null;
  readonly start: bigint | null;
  readonly end: bigint | null;
  readonly after: { readonly time: bigint; readonly id: string } | null;
  readonly limit: number;
}

/** A row of `anomalies` as the driver delivers it. */
export interface AnomalyRow {
  id: string;
  rule: string;
  severity: string;
  state: string;
  wallet_id: string;
  holder_id: string;
  transaction_ids: string[];
  summary: string;
  evidence: Record<string, string>;
  freeze_state: string;
  reviewed_by: string;
  review_reason: string;
  create_time: bigint;
  review_time: bigint | null;
}

export const anomalyColumns = `a.id, a.rule, a.severity, a.state, a.wallet_id, a.holder_id, a.transaction_ids,
  a.summary, a.evidence, a.freeze_state, a.reviewed_by, a.review_reason, a.create_time, a.review_time`;

/** One anomaly, or undefined. */
export async function findAnomaly(reader: Pool, id: string): Promise<Anomaly | undefined> {
  const rows = await readRows<AnomalyRow>(
    reader,
    `select ${anomalyColumns} from anomalies a where a.id = $1`,
    [id],
  );
  return rows.map(toAnomaly)[0];
}

/** Anomalies, newest first. */
export async function listAnomalies(reader: Pool, query: AnomalyQuery): Promise<Anomaly[]> {
  const rows = await readRows<AnomalyRow>(
    reader,
    `select ${anomalyColumns} from anomalies a
     where ($1::text is null or a.state = $1)
       and ($2::text is null or a.severity = $2)
       and ($3::text is null or a.rule = $3)
       and ($4::uuid is null or a.wallet_id = $4)
       and ($5::text is null or a.holder_id = $5)
       and ($6::timestamptz is null or a.create_time >= $6)
       and ($7::timestamptz is null or a.create_time < $7)
       and ($8::timestamptz is null or (a.create_time, a.id) < ($8, $9::uuid))
     order by a.create_time desc, a.id desc limit $10`,
    [
      query.state,
      query.severity,
      query.rule,
      query.walletId,
      query.holderId,
      query.start === null ? null : toTimestamp(query.start),
      query.end === null ? null : toTimestamp(query.end),
      query.after === null ? null : toTimestamp(query.after.time),
      query.after?.id ?? null,
      query.limit,
    ],
  );
  return rows.map(toAnomaly);
}

/** Anomalies whose wallets are yet to be frozen, oldest first. */
export async function listDueFreezes(reader: Pool, limit: number): Promise<Anomaly[]> {
  const rows = await readRows<AnomalyRow>(
    reader,
    `select ${anomalyColumns} from anomalies a where a.freeze_state = 'DUE' order by a.id limit $1`,
    [limit],
  );
  return rows.map(toAnomaly);
}

/** The checks on the table keep the closed sets closed. */
export function toAnomaly(row: AnomalyRow): Anomaly {
  return {
    id: row.id,
    rule: row.rule,
    severity: row.severity as AnomalySeverity,
    state: row.state as AnomalyState,
    walletId: row.wallet_id,
    holderId: row.holder_id,
    transactionIds: row.transaction_ids,
    summary: row.summary,
    evidence: row.evidence,
    freezeState: row.freeze_state as AnomalyFreezeState,
    reviewedBy: row.reviewed_by,
    reviewReason: row.review_reason,
    createTime: row.create_time,
    reviewTime: row.review_time,
  };
}
