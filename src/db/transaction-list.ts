import type { TransactionState, TransactionType } from "../ledger/transaction.js";
import type { Pool } from "./pool.js";
import { readPage } from "./read.js";
import { plainArray, textArray, toTimestamp, unseen } from "./sql.js";
import { idConditions } from "./transaction-ids.js";
import {
  type CurrentTransaction,
  type CurrentTransactionRow,
  currentTransactionColumns as columns,
  refundTotalOfTransaction,
  toCurrentTransaction,
} from "./transactions.js";
import { Values } from "./values.js";

/** Which transactions to list; null and empty mean no condition. */
export interface TransactionQuery {
  /** Only those that touch one of these wallets; null for all wallets. */
  readonly walletIds: readonly string[] | null;
  /** Only those that touch one of these besides; null for no such condition. */
  readonly touching: readonly string[] | null;
  readonly asset: string | null;
  readonly types: readonly TransactionType[];
  readonly state: TransactionState | null;
  /** Created at this time or later. */
  readonly start: bigint | null;
  /** Created before this time. */
  readonly end: bigint | null;
  readonly externalReference: string | null;
  readonly batchId: string | null;
  /** Only those that pay for this job or give its cost back. */
  readonly jobId: string | null;
  readonly metadata: { readonly key: string; readonly value: string | null } | null;
  /** Only those with a position below this; null for all. */
  readonly below: bigint | null;
  /** The last transaction of the page before. */
  readonly afterId: string | null;
  readonly limit: number;
}

/** Transactions, newest first: by id, which begins with the time it was made. */
export async function listTransactions(reader: Pool, query: TransactionQuery): Promise<CurrentTransaction[]> {
  if (query.walletIds?.length === 0) return [];
  const values = new Values();
  const sql = statementOf(query, values);
  const rows = await readPage<CurrentTransactionRow>(reader, sql, values.all, query.limit);
  return rows.map(toCurrentTransaction);
}

/**
 * Reads a page. The transactions of wallets are merged from the ordered histories of each, and each is read only as far
 * as the page needs, however long it is.
 */
function statementOf(query: TransactionQuery, values: Values): string {
  const parts = { within: idConditions(query, values), conditions: conditionsOf(query, values) };
  const { limit } = query;
  if (query.walletIds === null) {
    const all = [...parts.within("t.id"), ...parts.conditions];
    return `select ${columns} from transactions t ${refundTotalOfTransaction} ${whereOf(all)}
      order by t.id desc limit ${limit}`;
  }
  const histories = query.walletIds.flatMap((walletId) =>
    historiesOf(values.add(walletId), query.state, parts).map((history) => `(${history} limit ${limit})`),
  );
  const listed = `select distinct id from (${histories.join(" union all ")}) as touched order by id desc limit ${limit}`;
  return `select ${columns} from (${listed}) as listed join transactions t on t.id = listed.id
    ${refundTotalOfTransaction} order by t.id desc`;
}

/** What holds of every row of a statement: a range of ids, on whichever column has them, and conditions on `t`. */
interface Parts {
  readonly within: (column: string) => readonly string[];
  readonly conditions: readonly string[];
}

/**
 * What was posted to a wallet, and what was refused to the one who speaks for it; each in order.
 *
 * Without conditions the order is all that a plan needs, so it is made once. With conditions the plan depends on the wallet:
 * a busy one is read in order until the page is full, a quiet one has few to look at.
 */
function historiesOf(
  parameter: `$${number}`,
  state: TransactionState | null,
  { within, conditions }: Parts,
): string[] {
  const wallet = conditions.length === 0 ? unseen(parameter, "uuid") : `${parameter}::uuid`;
  const ofPostings = [`p.wallet_id = ${wallet}`, ...within("p.transaction_id"), ...conditions];
  const ofRefusals = ["t.state = 'REFUSED'", `t.wallet_ids[1] = ${wallet}`, ...within("t.id"), ...conditions];
  const posted = `select distinct p.transaction_id as id from postings p
    ${conditions.length === 0 ? "" : "join transactions t on t.id = p.transaction_id"}
    ${whereOf(ofPostings)} order by p.transaction_id desc`;
  const refused = `select t.id from transactions t ${whereOf(ofRefusals)} order by t.id desc`;
  if (state === "POSTED") return [posted];
  return state === "REFUSED" ? [refused] : [posted, refused];
}

function whereOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
}

function conditionsOf(query: TransactionQuery, values: Values): string[] {
  const conditions: string[] = [];
  if (query.touching !== null)
    conditions.push(`t.wallet_ids && ${values.add(plainArray(query.touching))}::uuid[]`);
  if (query.below !== null) conditions.push(`t.position < ${values.add(query.below)}`);
  if (query.asset !== null) conditions.push(assetCondition(values.add(query.asset)));
  if (query.types.length > 0) conditions.push(`t.type = any(${values.add(textArray(query.types))}::text[])`);
  if (query.state !== null) conditions.push(`t.state = ${values.add(query.state)}`);
  if (query.start !== null) conditions.push(`t.create_time >= ${timeOf(query.start, values)}`);
  if (query.end !== null) conditions.push(`t.create_time < ${timeOf(query.end, values)}`);
  if (query.externalReference !== null)
    conditions.push(referenceCondition(values.add(query.externalReference)));
  if (query.batchId !== null) conditions.push(`t.batch_id = ${values.add(query.batchId)}::uuid`);
  if (query.jobId !== null) conditions.push(`t.job_id = ${values.add(query.jobId)}::uuid`);
  if (query.metadata !== null) conditions.push(metadataCondition(query.metadata, values));
  return conditions;
}

function timeOf(micros: bigint, values: Values): string {
  return unseen(values.add(toTimestamp(micros)), "timestamptz");
}

/** A transaction over several assets has none of its own; it is of the assets of its wallets. */
function assetCondition(asset: string): string {
  return `(t.asset = ${asset} or t.asset is null and exists (
    select from wallets w where w.id = any(t.wallet_ids) and w.asset = ${asset}))`;
}

/** The transaction that has the reference; refused attempts to use it do not have it. */
function referenceCondition(reference: string): string {
  return `t.id in (select e.transaction_id from external_references e where e.reference = ${reference})`;
}

function metadataCondition({ key, value }: { key: string; value: string | null }, values: Values): string {
  if (value === null) return `t.metadata ? ${values.add(key)}`;
  return `t.metadata ->> ${values.add(key)} = ${values.add(value)}`;
}
