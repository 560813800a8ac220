import type { Pool } from "./pool.js";
import { readRows } from "./read.js";

/** The leaves of consecutive wallets in the tree of a capture. */
export interface LeafPage {
  /** The ids of the wallets, 16 bytes each, in order. */
  readonly walletIds: Buffer;
  /** The hashes of their leaves, 32 bytes each. */
  readonly leaves: Buffer;
  /** The sum of the numbers of their last postings. */
  readonly postingCount: bigint;
  /** The last wallet that was looked at. */
  readonly through: string;
}

/** The hash of the leaf of a head `h`: what `headLeaf` of ledger/checkpoint.ts computes, written a second time. */
export const leafHash =
  "sha256('\\x00'::bytea || uuid_send(h.wallet_id) || int8send(h.posting_seq) || h.chain_head)";

interface PageRow {
  wallet_ids: Buffer | null;
  leaves: Buffer | null;
  posting_count: string;
  through: string | null;
}

/**
 * The next leaves at a capture; null behind the last wallet. PostgreSQL hashes them, so that a million wallets are some
 * hundred rows here.
 *
 * First come the wallets of the next kept heads, by the primary key alone, and then the head of each: a plan for both at
 * once sorted all heads that were left for every page.
 *
 * @param page `after` is the last wallet of the page before, or the lowest id; `heads` is how many kept heads it spans.
 */
export async function readLeafPage(
  reader: Pool,
  capture: bigint,
  { after, heads }: { after: string; heads: number },
): Promise<LeafPage | null> {
  const [row] = await readRows<PageRow>(
    reader,
    `with wallet as materialized (
       select distinct page.wallet_id from (select one.wallet_id from checkpoint_heads one where one.wallet_id > $2::uuid
         order by one.wallet_id limit $3) as page
     )
     select string_agg(uuid_send(h.wallet_id), ''::bytea order by h.wallet_id) as wallet_ids,
       string_agg(${leafHash}, ''::bytea order by h.wallet_id) as leaves, coalesce(sum(h.posting_seq), 0) as posting_count,
       (select w.wallet_id from wallet w order by w.wallet_id desc limit 1) as through
     from wallet w cross join lateral (select one.wallet_id, one.posting_seq, one.chain_head from checkpoint_heads one
       where one.wallet_id = w.wallet_id and one.capture <= $1 order by one.capture desc limit 1) as h`,
    [capture, after, heads],
  );
  if (row === undefined || row.through === null) return null;
  return {
    walletIds: row.wallet_ids ?? Buffer.alloc(0),
    leaves: row.leaves ?? Buffer.alloc(0),
    postingCount: BigInt(row.posting_count),
    through: row.through,
  };
}
