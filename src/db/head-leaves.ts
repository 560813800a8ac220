import { readRows } from "./read.js";
import type { Reader } from "./reader.js";

/** The leaves of consecutive wallets in the tree of a capture. */
export interface LeafRun {
  readonly firstWalletId: string;
  readonly lastWalletId: string;
  /** The hashes of the leaves, 32 bytes each, in the order of wallet ids. */
  readonly leaves: Buffer;
  /** The sum of the numbers of their last postings. */
  readonly postingCount: bigint;
}

/** The hash of the leaf of a head `h`: what `headLeaf` of ledger/checkpoint.ts computes, written a second time. */
export const leafHash =
  "sha256('\\x00'::bytea || uuid_send(h.wallet_id) || int8send(h.posting_seq) || h.chain_head)";

interface RunRow {
  first_wallet_id: string;
  last_wallet_id: string;
  leaves: Buffer;
  posting_count: string;
}

/**
 * The next runs of leaves at a capture. PostgreSQL hashes them, so that a million wallets are a thousand rows here.
 *
 * @param page `after` is the last wallet of the page before, or null; each run but the last has `runSize` leaves.
 */
export async function listLeafRuns(
  reader: Reader,
  capture: bigint,
  { after, runs, runSize }: { after: string | null; runs: number; runSize: number },
): Promise<LeafRun[]> {
  const rows = await readRows<RunRow>(
    reader,
    `with head as (
       select distinct on (h.wallet_id) h.wallet_id, h.posting_seq, h.chain_head from checkpoint_heads h
       where h.capture <= $1 and ($2::uuid is null or h.wallet_id > $2)
       order by h.wallet_id, h.capture desc limit $3::bigint * $4::bigint
     ), leaf as (
       select h.wallet_id, h.posting_seq, ${leafHash} as hash,
         (row_number() over (order by h.wallet_id) - 1) / $4::bigint as run
       from head h
     )
     select min(wallet_id::text) as first_wallet_id, max(wallet_id::text) as last_wallet_id,
       string_agg(hash, ''::bytea order by wallet_id) as leaves, sum(posting_seq) as posting_count
     from leaf group by run order by run`,
    [capture, after, runs, runSize],
  );
  return rows.map((row) => ({
    firstWalletId: row.first_wallet_id,
    lastWalletId: row.last_wallet_id,
    leaves: row.leaves,
    postingCount: BigInt(row.posting_count),
  }));
}
