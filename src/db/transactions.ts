import type { RefundTotal } from "../ledger/refund-total.js";
import type {
  Exchange,
  Posting,
  Transaction,
  TransactionState,
  TransactionType,
} from "../ledger/transaction.js";
import type { Pool } from "./pool.js";
import { readPrepared } from "./read.js";
import { toRefundTotal } from "./rows.js";
import { plainArray } from "./sql.js";
import { postingsOfTransaction, toPostings } from "./transaction-postings.js";

/** A transaction with all of its postings, in the order they were made. */
export interface TransactionRecord {
  readonly transaction: Transaction;
  readonly postings: readonly Posting[];
  /** The wallets it is listed under: those it posted to, or, refused, the one its caller spoke for. */
  readonly walletIds: readonly string[];
}

/** A transaction as it stands now: with what was given back of it since, undefined when nothing was. */
export interface CurrentTransaction extends TransactionRecord {
  readonly refundTotal: RefundTotal | undefined;
}

export interface TransactionRow {
  id: string;
  type: TransactionType;
  state: TransactionState;
  asset: string | null;
  amount: string | null;
  source_wallet_id: string | null;
  destination_wallet_id: string | null;
  original_transaction_id: string | null;
  hold_id: string | null;
  batch_id: string | null;
  job_id: string | null;
  exchanges: ExchangeColumn[] | null;
  wallet_ids: string[];
  posting_seqs: string[];
  refused_reason: string | null;
  external_reference: string;
  description: string;
  metadata: Record<string, string>;
  initiated_by: string;
  on_behalf_of: string;
  request_id: string;
  create_time: bigint;
  post_time: bigint | null;
  postings: string | null;
}

/** A transaction with what was given back of it; null where nothing was. */
export interface CurrentTransactionRow extends TransactionRow {
  refund_amount: string | null;
  refunded: string | null;
  reversed_by: string | null;
}

/** An exchange as it is kept: units as text, because a JSON number is not exact beyond 2^53. */
type ExchangeColumn = Omit<Exchange, "sold" | "bought"> & { sold: string; bought: string };

export interface PostingRow {
  wallet_id: string;
  posting_seq: string;
  transaction_id: string;
  asset: string;
  amount: string;
  balance_after: string;
  held_after: string;
  available_after: string;
  version: string;
  post_time: bigint;
  hash: Buffer;
}

export const transactionColumns = `t.id, t.type, t.state, t.asset, t.amount, t.source_wallet_id, t.destination_wallet_id,
  t.wallet_ids, t.posting_seqs, t.refused_reason, t.external_reference, t.description, t.metadata, t.initiated_by, t.on_behalf_of,
  t.request_id, t.create_time, t.post_time, t.original_transaction_id, t.hold_id, t.batch_id, t.job_id, t.exchanges,
  ${postingsOfTransaction}`;

export const currentTransactionColumns = `${transactionColumns}, r.amount as refund_amount, r.refunded, r.reversed_by`;

/**
 * What was given back of `t`, one look-up for each row that is read: `offset 0` keeps PostgreSQL from reading all totals
 * there are instead.
 */
export const refundTotalOfTransaction = `left join lateral (select one.amount, one.refunded, one.reversed_by
    from refund_totals one where one.transaction_id = t.id offset 0) as r on true`;

export const postingColumns = `p.wallet_id, p.posting_seq, p.transaction_id, p.asset, p.amount, p.balance_after,
  p.held_after, p.available_after, p.version, p.post_time, p.hash`;

/** One transaction, or undefined. */
export async function findTransaction(reader: Pool, id: string): Promise<TransactionRecord | undefined> {
  return (await findTransactions(reader, [id]))[0];
}

/** Those of these transactions that exist. */
export async function findTransactions(reader: Pool, ids: readonly string[]): Promise<TransactionRecord[]> {
  const rows = await readPrepared<TransactionRow>(
    reader,
    `select ${transactionColumns} from transactions t where t.id = any($1::uuid[])`,
    [plainArray(ids)],
  );
  return rows.map(toTransactionRecord);
}

/** One transaction as it stands now, or undefined. */
export async function findCurrentTransaction(
  reader: Pool,
  id: string,
): Promise<CurrentTransaction | undefined> {
  const rows = await readPrepared<CurrentTransactionRow>(
    reader,
    `select ${currentTransactionColumns} from transactions t ${refundTotalOfTransaction} where t.id = any($1::uuid[])`,
    [plainArray([id])],
  );
  return rows.map(toCurrentTransaction)[0];
}

export function toCurrentTransaction(row: CurrentTransactionRow): CurrentTransaction {
  return { ...toTransactionRecord(row), refundTotal: refundTotalOf(row) };
}

function refundTotalOf(row: CurrentTransactionRow): RefundTotal | undefined {
  const { id: transaction_id, refund_amount: amount, refunded, reversed_by } = row;
  if (amount === null || refunded === null) return undefined;
  return toRefundTotal({ transaction_id, amount, refunded, reversed_by });
}

export function toTransactionRecord(row: TransactionRow): TransactionRecord {
  return { transaction: toTransaction(row), postings: toPostings(row), walletIds: row.wallet_ids };
}

export function toPosting(row: PostingRow): Posting {
  return {
    walletId: row.wallet_id,
    postingSeq: BigInt(row.posting_seq),
    transactionId: row.transaction_id,
    asset: row.asset,
    amount: BigInt(row.amount),
    balanceAfter: BigInt(row.balance_after),
    heldAfter: BigInt(row.held_after),
    availableAfter: BigInt(row.available_after),
    version: BigInt(row.version),
    postTime: row.post_time,
    hash: row.hash,
  };
}

function toTransaction(row: TransactionRow): Transaction {
  return {
    id: row.id,
    type: row.type,
    state: row.state,
    asset: row.asset,
    amount: row.amount === null ? null : BigInt(row.amount),
    sourceWalletId: row.source_wallet_id,
    destinationWalletId: row.destination_wallet_id,
    originalTransactionId: row.original_transaction_id,
    holdId: row.hold_id,
    batchId: row.batch_id,
    jobId: row.job_id,
    exchanges: (row.exchanges ?? []).map(toExchange),
    refusedReason: row.refused_reason,
    externalReference: row.external_reference,
    description: row.description,
    metadata: row.metadata,
    initiatedBy: row.initiated_by,
    onBehalfOf: row.on_behalf_of,
    requestId: row.request_id,
    createTime: row.create_time,
    postTime: row.post_time,
  };
}

function toExchange({ sold, bought, ...rest }: ExchangeColumn): Exchange {
  return { ...rest, sold: BigInt(sold), bought: BigInt(bought) };
}
