import type { ObservedPosting, ObservedRecord } from "../ledger/anomaly/observation.js";
import type { TransactionState, TransactionType } from "../ledger/transaction.js";
import type { Pool } from "./pool.js";
import { readPrepared, readRows } from "./read.js";
import { plainArray } from "./sql.js";

/** What the look-out for anomalies reads of a transaction, with its place in the one order of all transactions. */
export interface PlacedObservation extends ObservedRecord {
  readonly position: bigint;
}

/** Transactions behind a place, below a position. */
export interface Stretch {
  readonly after: { readonly position: bigint; readonly id: string };
  readonly below: bigint;
  readonly limit: number;
}

interface Row {
  position: string;
  id: string;
  type: TransactionType;
  state: TransactionState;
  asset: string | null;
  amount: string | null;
  batch_id: string | null;
  refused_reason: string | null;
  wallet_ids: string[];
  posting_seqs: string[];
  create_time: bigint;
  post_time: bigint | null;
}

/** The postings that were asked for, in that order, a column in one value. */
interface PackedRow {
  /** With commas between them, which no asset's code has; empty where there is no such posting. */
  asset: string;
  amount: string[];
  balance_after: string[];
}

/** The transactions of a stretch in order. It reads every transaction once, so it reads no more of each than it must. */
export async function listObservedTransactions(
  reader: Pool,
  { after, below, limit }: Stretch,
): Promise<PlacedObservation[]> {
  const rows = await readRows<Row>(
    reader,
    `select t.position, t.id, t.type, t.state, t.asset, t.amount, t.batch_id, t.refused_reason, t.wallet_ids,
       t.posting_seqs, t.create_time, t.post_time
     from transactions t where (t.position, t.id) > ($1, $2::uuid) and t.position < $3
     order by t.position, t.id limit $4`,
    [after.position, after.id, below, limit],
  );
  const postings = await readPostings(reader, rows);
  let next = 0;
  return rows.map((row) => {
    const first = next;
    next += row.posting_seqs.length;
    return toObservation(row, postings.slice(first, next));
  });
}

/** Those of all rows, one after the other, as the rows name them; undefined where there is none. */
async function readPostings(
  reader: Pool,
  rows: readonly Row[],
): Promise<(Omit<ObservedPosting, "walletId"> | undefined)[]> {
  const named = rows.filter(({ posting_seqs }) => posting_seqs.length > 0);
  if (named.length === 0) return [];
  const [packed] = await readPrepared<PackedRow>(reader, postingsStatement, [
    plainArray(named.flatMap(({ wallet_ids }) => wallet_ids)),
    plainArray(named.flatMap(({ posting_seqs }) => posting_seqs)),
  ]);
  if (packed === undefined) return [];
  const bigintOf = (column: readonly string[], index: number) => BigInt(column[index] ?? 0);
  return packed.asset.split(",").map((asset, index) => {
    if (asset === "") return undefined;
    return {
      asset,
      amount: bigintOf(packed.amount, index),
      balanceAfter: bigintOf(packed.balance_after, index),
    };
  });
}

/** `offset 0` keeps PostgreSQL from reading all postings of a small ledger instead of looking these up. */
const postingsStatement = `
select string_agg(coalesce(p.asset, ''), ',' order by named.place) as asset, array_agg(p.amount order by named.place) as amount,
  array_agg(p.balance_after order by named.place) as balance_after
from unnest($1::uuid[], $2::bigint[]) with ordinality as named (wallet_id, posting_seq, place)
left join lateral (select one.asset, one.amount, one.balance_after from postings one
  where one.wallet_id = named.wallet_id and one.posting_seq = named.posting_seq offset 0) as p on true`;

function toObservation(
  row: Row,
  postings: readonly (Omit<ObservedPosting, "walletId"> | undefined)[],
): PlacedObservation {
  return {
    position: BigInt(row.position),
    transaction: {
      id: row.id,
      type: row.type,
      state: row.state,
      asset: row.asset,
      amount: row.amount === null ? null : BigInt(row.amount),
      batchId: row.batch_id,
      refusedReason: row.refused_reason,
      createTime: row.create_time,
      postTime: row.post_time,
    },
    postings: postings.flatMap((posting, index) =>
      posting === undefined ? [] : [{ walletId: row.wallet_ids[index] ?? "", ...posting }],
    ),
    walletIds: row.wallet_ids,
  };
}
