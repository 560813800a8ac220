import type { Posting } from "../ledger/transaction.js";
import type { Pool } from "./pool.js";
import { readPage, readPrepared } from "./read.js";
import { toTimestamp, unseen } from "./sql.js";
import { type PostingRow, postingColumns, toPosting } from "./transactions.js";

/** Above the number of every posting. */
const postingSeqMax = 2n ** 63n - 1n;

const ofWallet = unseen("$1", "uuid");

/** Which of a wallet's postings to list, by their numbers. */
export interface PostingQuery {
  readonly walletId: string;
  /** Only postings with a number below this; null for all. */
  readonly below: bigint | null;
  /** Only postings with a number above this. */
  readonly above: bigint;
  readonly limit: number;
}

/** A wallet's postings, newest first. */
export async function listPostings(reader: Pool, query: PostingQuery): Promise<Posting[]> {
  const { walletId, above, below, limit } = query;
  const rows = await readPage<PostingRow>(
    reader,
    `select ${postingColumns} from postings p
     where p.wallet_id = ${ofWallet} and p.posting_seq > $2 and p.posting_seq < $3
     order by p.posting_seq desc limit ${limit}`,
    [walletId, above, below ?? postingSeqMax],
    limit,
  );
  return rows.map(toPosting);
}

/** One posting by its number. */
export async function findPosting(
  reader: Pool,
  walletId: string,
  postingSeq: bigint,
): Promise<Posting | undefined> {
  const rows = await readPrepared<PostingRow>(
    reader,
    `select ${postingColumns} from postings p where p.wallet_id = ${ofWallet} and p.posting_seq = $2`,
    [walletId, postingSeq],
  );
  return rows.map(toPosting)[0];
}

/**
 * The number of a wallet's last posting at or before a time; 0 when there is none.
 *
 * Post times never run backwards within a wallet, so its postings are searched by halves through their primary key:
 * some twenty look-ups in a million, and no index on the time. Nothing was posted before 1970.
 */
export async function lastPostingAt(reader: Pool, walletId: string, time: bigint): Promise<bigint> {
  if (time < 0n) return 0n;
  const [row] = await readPrepared<{ low: string }>(
    reader,
    `with recursive search (low, high) as (
       select 0::bigint, w.posting_seq from wallets w where w.id = ${ofWallet}
       union all
       select case when p.post_time <= $2 then p.posting_seq else low end,
         case when p.post_time <= $2 then high else p.posting_seq - 1 end
       from search, lateral (select * from postings one where one.wallet_id = ${ofWallet}
         and one.posting_seq = (low + high + 1) / 2 offset 0) as p
       where low < high
     )
     select low from search where low = high`,
    [walletId, toTimestamp(time)],
  );
  return BigInt(row?.low ?? 0);
}

/** The first of a run of a wallet's postings, oldest first, at most `limit` of them. */
export async function listPostingRun(
  reader: Pool,
  run: { walletId: string; above: bigint; through: bigint; limit: number },
): Promise<Posting[]> {
  const rows = await readPrepared<PostingRow>(
    reader,
    `select ${postingColumns} from postings p
     where p.wallet_id = ${ofWallet} and p.posting_seq > $2 and p.posting_seq <= $3 order by p.posting_seq limit $4`,
    [run.walletId, run.above, run.through, run.limit],
  );
  return rows.map(toPosting);
}
