import type { Posting } from "../ledger/transaction.js";
import type { Pool } from "./pool.js";
import { readPrepared } from "./read.js";
import { plainArray } from "./sql.js";

/** What transactions name their postings by. */
export interface PostingNames {
  readonly wallet_ids: readonly string[];
  readonly posting_seqs: readonly string[];
}

const hashBytes = 32;

/** All the postings that were asked for, a column in one value; null when there are none. */
interface PackedRow {
  wallet_id: string[] | null;
  posting_seq: string[];
  transaction_id: string[];
  /** With commas between them, which no asset's code has. */
  asset: string;
  amount: string[];
  balance_after: string[];
  held_after: string[];
  available_after: string[];
  version: string[];
  /** In microseconds since 1970. */
  post_time: string[];
  hash: Buffer;
}

/**
 * Packed, because a page of transactions has over a hundred postings, and reading a row for each of them costs more than
 * looking them up does. `offset 0` keeps PostgreSQL from reading all postings of a small ledger instead.
 */
const statement = `
select array_agg(p.wallet_id) as wallet_id, array_agg(p.posting_seq) as posting_seq,
  array_agg(p.transaction_id) as transaction_id, string_agg(p.asset, ',') as asset, array_agg(p.amount) as amount,
  array_agg(p.balance_after) as balance_after, array_agg(p.held_after) as held_after,
  array_agg(p.available_after) as available_after, array_agg(p.version) as version,
  array_agg((extract(epoch from p.post_time) * 1000000)::bigint) as post_time, string_agg(p.hash, ''::bytea) as hash
from unnest($1::uuid[], $2::bigint[]) as named (wallet_id, posting_seq),
  lateral (select * from postings one where one.wallet_id = named.wallet_id
    and one.posting_seq = named.posting_seq offset 0) as p`;

/** The postings that these name, by `nameOf`; those that do not exist are left out. */
export async function readNamedPostings(
  reader: Pool,
  named: readonly PostingNames[],
): Promise<ReadonlyMap<string, Posting>> {
  if (named.length === 0) return new Map();
  const [row] = await readPrepared<PackedRow>(reader, statement, [
    plainArray(named.flatMap(({ wallet_ids }) => wallet_ids)),
    plainArray(named.flatMap(({ posting_seqs }) => posting_seqs)),
  ]);
  return row === undefined ? new Map() : unpack(row);
}

/** What a posting is known by among those of several wallets. */
export function nameOf(walletId: string, postingSeq: string | undefined): string {
  return `${walletId} ${postingSeq}`;
}

function unpack(row: PackedRow): Map<string, Posting> {
  const postings = new Map<string, Posting>();
  const assets = row.asset?.split(",") ?? [];
  const bigintOf = (column: readonly string[], index: number) => BigInt(column[index] ?? 0);
  for (const [index, walletId] of (row.wallet_id ?? []).entries()) {
    postings.set(nameOf(walletId, row.posting_seq[index]), {
      walletId,
      postingSeq: bigintOf(row.posting_seq, index),
      transactionId: row.transaction_id[index] ?? "",
      asset: assets[index] ?? "",
      amount: bigintOf(row.amount, index),
      balanceAfter: bigintOf(row.balance_after, index),
      heldAfter: bigintOf(row.held_after, index),
      availableAfter: bigintOf(row.available_after, index),
      version: bigintOf(row.version, index),
      postTime: bigintOf(row.post_time, index),
      hash: row.hash.subarray(index * hashBytes, (index + 1) * hashBytes),
    });
  }
  return postings;
}
