import type { Checkpoint } from "../ledger/checkpoint.js";
import type { Session } from "./session.js";
import { bytesArray, plainArray, toTimestamp } from "./sql.js";

/** A moment at which the heads of all wallets are read. */
export interface Capture {
  /** Its place among all captures. Every snapshot of a higher one is a later one. */
  readonly number: bigint;
  /** What was committed before this instant is in it; in microseconds since 1970. */
  readonly time: bigint;
}

/** The run of leaves below one node of a checkpoint's tree. */
export interface Subtree {
  readonly firstWalletId: string;
  readonly hash: Buffer;
}

/**
 * Takes the next number, in a transaction whose one snapshot begins with this statement. It waits while somebody else
 * is taking it. Whoever comes second fails to be serialised, which is to be tried again: another number would not tell
 * that the snapshot is the earlier one.
 */
export async function beginCapture(session: Session): Promise<Capture> {
  const [row] = await session.send<{ number: string; now: bigint; last: bigint | null }>(
    `select coalesce(max(number), 0) + 1 as number, max(create_time) as last, statement_timestamp() as now
     from checkpoint_captures`,
  );
  if (row === undefined) throw new Error("the database did not number the capture");
  const time = row.last !== null && row.last > row.now ? row.last : row.now;
  const number = BigInt(row.number);
  await session.send(
    "insert into checkpoint_captures (number, create_time) values ($1, $2) on conflict do nothing",
    [number, toTimestamp(time)],
  );
  return { number, time };
}

/**
 * Keeps those heads of the next wallets that have changed since the capture before.
 *
 * @param page `after` is the last wallet of the page before, or null; `size` is how many are looked at.
 * @returns the last wallet of this page, or null when there was none.
 */
export async function captureHeads(
  session: Session,
  capture: bigint,
  { after, size }: { after: string | null; size: number },
): Promise<string | null> {
  const [last] = await session.send<{ id: string }>(
    `with page as (
       select w.id, w.posting_seq, w.chain_head from wallets w
       where $2::uuid is null or w.id > $2 order by w.id limit $3
     ), kept as (
       insert into checkpoint_heads (wallet_id, capture, posting_seq, chain_head)
       select page.id, $1, page.posting_seq, page.chain_head from page left join lateral (
         select h.posting_seq, h.chain_head from checkpoint_heads h
         where h.wallet_id = page.id order by h.capture desc limit 1) as last on true
       where (last.posting_seq, last.chain_head) is distinct from (page.posting_seq, page.chain_head)
     )
     select page.id from page order by page.id desc limit 1`,
    [capture, after, size],
  );
  return last?.id ?? null;
}

/**
 * Adds a checkpoint behind the one that it names as the one before it.
 *
 * @returns whether it is there: not if somebody else has added one there first.
 */
export async function insertCheckpoint(
  session: Session,
  checkpoint: Checkpoint,
  capture: bigint,
): Promise<boolean> {
  const { id, merkleRoot, walletCount, postingCount, previousCheckpointId, createTime } = checkpoint;
  const rows = await session.send<{ id: string }>(
    `insert into checkpoints (id, capture, merkle_root, wallet_count, posting_count, previous_checkpoint_id, create_time,
       signature, public_key, key_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict do nothing returning id`,
    [
      id,
      capture,
      merkleRoot,
      walletCount,
      postingCount,
      previousCheckpointId,
      toTimestamp(createTime),
      checkpoint.signature,
      checkpoint.publicKey,
      checkpoint.keyId,
    ],
  );
  return rows.length > 0;
}

export async function insertSubtrees(
  session: Session,
  checkpointId: string,
  subtrees: readonly Subtree[],
): Promise<void> {
  await session.send(
    `insert into checkpoint_subtrees (checkpoint_id, first_wallet_id, hash)
     select $1, first_wallet_id, hash from unnest($2::uuid[], $3::bytea[]) as subtree (first_wallet_id, hash)`,
    [
      checkpointId,
      plainArray(subtrees.map(({ firstWalletId }) => firstWalletId)),
      bytesArray(subtrees.map(({ hash }) => hash)),
    ],
  );
}

/** The newest checkpoint and its capture, as this transaction sees them; undefined when there is none. */
export async function findNewest(session: Session): Promise<{ id: string; capture: bigint } | undefined> {
  const rows = await session.send<{ id: string; capture: string }>(
    "select id, capture from checkpoints order by capture desc limit 1",
  );
  return rows.map(({ id, capture }) => ({ id, capture: BigInt(capture) }))[0];
}
