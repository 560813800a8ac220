import type { DataSource } from "typeorm";
import type { TransactionState, TransactionType } from "../ledger/transaction.js";
import { readRows } from "./read.js";
import { plainArray, textArray, toTimestamp } from "./sql.js";
import {
  type TransactionRecord,
  type TransactionRow,
  transactionColumns,
  withPostings,
} from "./transactions.js";

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
  readonly metadata: { readonly key: string; readonly value: string | null } | null;
  /** Only those with a position below this; null for all. */
  readonly below: bigint | null;
  /** The last transaction of the page before. */
  readonly afterId: string | null;
  readonly limit: number;
}

/** Transactions, newest first: by id, which begins with the time it was made. */
export async function listTransactions(
  reader: DataSource,
  query: TransactionQuery,
): Promise<TransactionRecord[]> {
  if (query.walletIds?.length === 0) return [];
  const values = new Values();
  const conditions = conditionsOf(query, values);
  const rows = await readRows<TransactionRow>(
    reader,
    `select ${transactionColumns} from ${sourceOf(query, values)}
     ${conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`}
     order by t.id desc limit ${values.add(query.limit)}`,
    values.all,
  );
  return withPostings(reader, rows);
}

/** The parameters of a statement that is put together from parts. */
class Values {
  readonly all: unknown[] = [];

  /** Adds a value and returns how the statement names it. */
  add(value: unknown): string {
    this.all.push(value);
    return `$${this.all.length}`;
  }
}

/**
 * Where the transactions come from. Those of wallets are merged from one ordered index per wallet, so a page costs a
 * page's worth of look-ups however long the history is.
 */
function sourceOf(query: TransactionQuery, values: Values): string {
  if (query.walletIds === null) return "transactions t";
  const before = query.afterId === null ? "" : `< ${values.add(query.afterId)}::uuid`;
  const histories = query.walletIds.flatMap((walletId) => {
    const wallet = `${values.add(walletId)}::uuid`;
    return [
      `(select p.transaction_id as id from postings p where p.wallet_id = ${wallet}
          ${before && `and p.transaction_id ${before}`} order by p.transaction_id desc)`,
      `(select r.id from transactions r where r.state = 'REFUSED' and r.wallet_ids[1] = ${wallet}
          ${before && `and r.id ${before}`} order by r.id desc)`,
    ];
  });
  return `(select distinct id from (${histories.join(" union all ")}) as touched order by id desc) as listed
    join transactions t on t.id = listed.id`;
}

function conditionsOf(query: TransactionQuery, values: Values): string[] {
  const conditions: string[] = [];
  if (query.walletIds === null && query.afterId !== null)
    conditions.push(`t.id < ${values.add(query.afterId)}::uuid`);
  if (query.touching !== null)
    conditions.push(`t.wallet_ids && ${values.add(plainArray(query.touching))}::uuid[]`);
  if (query.below !== null) conditions.push(`t.position < ${values.add(query.below)}`);
  if (query.asset !== null) conditions.push(assetCondition(values.add(query.asset)));
  if (query.types.length > 0) conditions.push(`t.type = any(${values.add(textArray(query.types))}::text[])`);
  if (query.state !== null) conditions.push(`t.state = ${values.add(query.state)}`);
  if (query.start !== null) conditions.push(`t.create_time >= ${values.add(toTimestamp(query.start))}`);
  if (query.end !== null) conditions.push(`t.create_time < ${values.add(toTimestamp(query.end))}`);
  if (query.externalReference !== null)
    conditions.push(referenceCondition(values.add(query.externalReference)));
  if (query.batchId !== null) conditions.push(`t.batch_id = ${values.add(query.batchId)}::uuid`);
  if (query.metadata !== null) conditions.push(metadataCondition(query.metadata, values));
  return conditions;
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
