import type { IntegrityFinding } from "../../ledger/integrity.js";
import {
  type CheckpointRow,
  checkpointColumns,
  type StoredCheckpoint,
  toCheckpoint,
} from "../checkpoints.js";
import { leafHash } from "../head-leaves.js";
import type { Session } from "../session.js";
import { findBroken } from "./finding.js";

/** A kept head by its place: of a wallet, at a capture. */
export interface HeadPlace {
  readonly walletId: string;
  readonly capture: bigint;
}

/** A node of a checkpoint's tree, with the leaves that the kept heads have below it now. */
export interface SubtreeLeaves {
  readonly firstWalletId: string;
  /** The first wallet of the next one; null for the last. */
  readonly nextWalletId: string | null;
  /** The hash that was kept. */
  readonly hash: Buffer;
  /** The hashes of the leaves, 32 bytes each, in the order of wallet ids. */
  readonly leaves: Buffer;
  readonly postingCount: bigint;
}

/** The last of the next `count` kept heads; null when there is none. */
export async function lastOfHeads(
  session: Session,
  after: HeadPlace,
  count: number,
): Promise<HeadPlace | null> {
  const [row] = await session.send<{ wallet_id: string; capture: string }>(
    `select wallet_id, capture from (select h.wallet_id, h.capture from checkpoint_heads h
       where (h.wallet_id, h.capture) > ($1::uuid, $2::bigint) order by h.wallet_id, h.capture limit $3) as next
     order by wallet_id desc, capture desc limit 1`,
    [after.walletId, after.capture, count],
  );
  return row === undefined ? null : { walletId: row.wallet_id, capture: BigInt(row.capture) };
}

/** What a head should be where it is of no posting. */
const noHash = "decode(repeat('00', 32), 'hex')";

/** Each kept head with the posting and the wallet that it should be the head of, and the first checkpoint over it. */
const sealed = `
sealed as (
  select h.*, c.id as checkpoint_id, w.asset, w.posting_seq as wallet_seq, p.hash,
    case h.posting_seq when 0 then ${noHash} else p.hash end as actual_head
  from checkpoint_heads h
  cross join lateral (select one.id from checkpoints one where one.capture >= h.capture order by one.capture limit 1) as c
  left join lateral (select one.asset, one.posting_seq from wallets one where one.id = h.wallet_id offset 0) as w on true
  left join lateral (select one.hash from postings one where one.wallet_id = h.wallet_id
    and one.posting_seq = h.posting_seq offset 0) as p on true
  where (h.wallet_id, h.capture) > ($1::uuid, $2::bigint) and (h.wallet_id, h.capture) <= ($3::uuid, $4::bigint)
    and ($5::text is null or w.asset = $5)
)`;

/**
 * The broken heads, each with what of its wallet is known to be older than the break. One behind a broken one is not told
 * again: whatever happened before it is in it, too.
 */
const broken = `
broken as (
  select s.*, before.posting_seq as known_seq, last.posting_seq as last_seq
  from sealed s
  left join lateral (select one.posting_seq, one.chain_head from checkpoint_heads one where one.wallet_id = s.wallet_id
    and one.capture < s.capture order by one.capture desc limit 1) as before on true
  left join lateral (select one.hash from postings one where one.wallet_id = s.wallet_id
    and one.posting_seq = before.posting_seq offset 0) as known on true
  left join lateral (select one.posting_seq from postings one where one.wallet_id = s.wallet_id
    and one.posting_seq < s.posting_seq order by one.posting_seq desc limit 1) as last on true
  where (s.actual_head is distinct from s.chain_head or s.wallet_seq is null or s.wallet_seq < s.posting_seq)
    and (before.posting_seq is null or s.wallet_seq >= before.posting_seq
      and before.chain_head = case before.posting_seq when 0 then ${noHash} else known.hash end)
)`;

const statement = `
with ${sealed}, ${broken}
select 'CHECKPOINT' as rule, b.asset, b.wallet_id, f.posting_seq, null as transaction_id, b.checkpoint_id, f.expected,
  f.actual, f.message
from broken b, lateral (
  select * from (values
    (b.wallet_seq is null, null, 'the wallet', 'nothing',
      format('Wallet %s, which checkpoint %s seals, is missing.', b.wallet_id, b.checkpoint_id)),
    (b.actual_head is null, coalesce(b.last_seq, 0) + 1, format('posting %s', b.posting_seq), 'nothing',
      format('Checkpoint %s seals wallet %s up to posting %s; posting %s is missing.', b.checkpoint_id, b.wallet_id,
        b.posting_seq, coalesce(b.last_seq, 0) + 1)),
    (b.actual_head <> b.chain_head, b.posting_seq, encode(b.chain_head, 'hex'), encode(b.actual_head, 'hex'),
      format('Posting %s of wallet %s is not the one that checkpoint %s seals: something in postings %s to %s was written anew, or the kept head was.',
        b.posting_seq, b.wallet_id, b.checkpoint_id, coalesce(b.known_seq, 0) + 1, b.posting_seq)),
    (b.wallet_seq < b.posting_seq, b.wallet_seq + 1, b.posting_seq::text, b.wallet_seq::text,
      format('Wallet %s says that it has %s postings, and checkpoint %s seals %s.', b.wallet_id, b.wallet_seq,
        b.checkpoint_id, b.posting_seq))
  ) as told (is_broken, posting_seq, expected, actual, message)
  where told.is_broken limit 1) as f
order by b.wallet_id, b.capture`;

/**
 * Verifies a run of kept heads: the wallet of each is there and not behind it, and its posting has that hash. All that a
 * statement sees of a wallet is of one instant, and a head is kept after its posting.
 *
 * @param asset the only asset to look at; null for all, and for wallets that are gone.
 */
export function findBrokenHeads(
  session: Session,
  { after, through, asset }: { after: HeadPlace; through: HeadPlace; asset: string | null },
): Promise<IntegrityFinding[]> {
  const parameters = [after.walletId, after.capture, through.walletId, through.capture, asset];
  return findBroken(session, statement, parameters);
}

/** The newest two of the checkpoints up to a capture, or of all. */
export async function listNewestTwo(
  session: Session,
  upTo: bigint | null,
): Promise<readonly StoredCheckpoint[]> {
  const rows = await session.send<CheckpointRow>(
    `select ${checkpointColumns} from checkpoints c where $1::bigint is null or c.capture <= $1
     order by c.capture desc limit 2`,
    [upTo],
  );
  return rows.map(toCheckpoint);
}

/** The next nodes of a checkpoint's tree, with the leaves below them now. The first one has all that comes before it. */
export async function listSubtreeLeaves(
  session: Session,
  { id, capture }: StoredCheckpoint,
  { after, limit }: { after: string | null; limit: number },
): Promise<SubtreeLeaves[]> {
  const rows = await session.send<{
    first_wallet_id: string;
    next_wallet_id: string | null;
    hash: Buffer;
    leaves: Buffer | null;
    posting_count: string;
  }>(
    `with subtree as (
       select s.first_wallet_id, s.hash, lead(s.first_wallet_id) over (order by s.first_wallet_id) as next_wallet_id,
         case when $3::uuid is null and row_number() over (order by s.first_wallet_id) = 1
           then '00000000-0000-0000-0000-000000000000'::uuid else s.first_wallet_id end as from_wallet_id
       from checkpoint_subtrees s where s.checkpoint_id = $1 and ($3::uuid is null or s.first_wallet_id > $3)
       order by s.first_wallet_id limit $4
     )
     select s.first_wallet_id, s.next_wallet_id, s.hash, leaf.leaves, leaf.posting_count
     from subtree s cross join lateral (
       select string_agg(${leafHash}, ''::bytea order by h.wallet_id) as leaves, coalesce(sum(h.posting_seq), 0) as posting_count
       from (select distinct on (one.wallet_id) one.wallet_id, one.posting_seq, one.chain_head from checkpoint_heads one
         where one.capture <= $2 and one.wallet_id >= s.from_wallet_id
           and one.wallet_id < coalesce(s.next_wallet_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
         order by one.wallet_id, one.capture desc) as h
     ) as leaf
     order by s.first_wallet_id`,
    [id, capture, after, limit],
  );
  return rows.map((row) => ({
    firstWalletId: row.first_wallet_id,
    nextWalletId: row.next_wallet_id,
    hash: row.hash,
    leaves: row.leaves ?? Buffer.alloc(0),
    postingCount: BigInt(row.posting_count),
  }));
}

/** The hashes of all nodes that were kept of a checkpoint's tree, in order. */
export async function listSubtreeHashes(session: Session, checkpointId: string): Promise<Buffer[]> {
  const rows = await session.send<{ hash: Buffer }>(
    "select s.hash from checkpoint_subtrees s where s.checkpoint_id = $1 order by s.first_wallet_id",
    [checkpointId],
  );
  return rows.map(({ hash }) => hash);
}
