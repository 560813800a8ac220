import type { DataSource } from "typeorm";
import type { AuditEntry } from "./audit-entry.js";
import { type AuditQuery, statementOf } from "./audit-statement.js";
import { readRows } from "./read.js";
import { plainArray } from "./sql.js";
import { Values } from "./values.js";

interface AuditRow {
  id: string;
  kind: AuditEntry["kind"];
  caller: string;
  on_behalf_of: string;
  remote_address: string;
  method: string;
  error_reason: string | null;
  holder_ids: string[] | null;
  wallet_ids: string[] | null;
  transaction_id: string | null;
  resource_id: string;
  reason: string;
  request_id: string;
  create_time: bigint;
}

/** Whom a transaction concerns. */
interface ConcernedRow {
  id: string;
  holder_ids: string[];
  wallet_ids: string[];
}

/** Audit entries, newest first: by id, which begins with the time at which the call was taken up or has ended. */
export async function listAuditEntries(reader: DataSource, query: AuditQuery): Promise<AuditEntry[]> {
  const values = new Values();
  const rows = await readRows<AuditRow>(reader, statementOf(query, values), values.all);
  const ofTransactions = rows.filter((row) => row.transaction_id === row.id).map(({ id }) => id);
  const concerned = ofTransactions.length === 0 ? [] : await findConcerned(reader, ofTransactions);
  const byId = new Map(concerned.map((row) => [row.id, row]));
  return rows.map((row) => toAuditEntry(row, row.transaction_id === row.id ? byId.get(row.id) : undefined));
}

/** Whom these transactions concern: the wallets that they posted to, and their holders. */
function findConcerned(reader: DataSource, ids: readonly string[]): Promise<ConcernedRow[]> {
  return readRows<ConcernedRow>(
    reader,
    `select t.id, t.wallet_ids, array(select distinct w.holder_id from wallets w
       where w.id = any(t.wallet_ids) and w.holder_id is not null order by 1) as holder_ids
     from transactions t where t.id = any($1::uuid[])`,
    [plainArray(ids)],
  );
}

function toAuditEntry(row: AuditRow, transaction: ConcernedRow | undefined): AuditEntry {
  return {
    id: row.id,
    kind: row.kind,
    caller: row.caller,
    onBehalfOf: row.on_behalf_of,
    remoteAddress: row.remote_address,
    method: row.method,
    errorReason: row.error_reason,
    holderIds: row.holder_ids ?? transaction?.holder_ids ?? [],
    walletIds: row.wallet_ids ?? transaction?.wallet_ids ?? [],
    transactionId: row.transaction_id,
    resourceId: row.resource_id,
    reason: row.reason,
    requestId: row.request_id,
    time: row.create_time,
  };
}
