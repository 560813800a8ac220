import type { Checkpoint, WalletHead } from "../ledger/checkpoint.js";
import type { Subtree } from "./checkpoint-writes.js";
import type { Pool } from "./pool.js";
import { readRows } from "./read.js";

/** A checkpoint with the number of the capture of heads that it seals. */
export interface StoredCheckpoint extends Checkpoint {
  readonly capture: bigint;
}

/** What a statement that selects `checkpointColumns` returns. */
export interface CheckpointRow {
  id: string;
  capture: string;
  merkle_root: Buffer;
  wallet_count: string;
  posting_count: string;
  previous_checkpoint_id: string | null;
  create_time: bigint;
  signature: Buffer;
  public_key: Buffer;
  key_id: string;
}

export const checkpointColumns = `c.id, c.capture, c.merkle_root, c.wallet_count, c.posting_count, c.previous_checkpoint_id, c.create_time,
  c.signature, c.public_key, c.key_id`;

/** Checkpoints, newest first: those before a capture when one is given. */
export async function listCheckpoints(
  reader: Pool,
  { before, limit }: { before: bigint | null; limit: number },
): Promise<StoredCheckpoint[]> {
  const rows = await readRows<CheckpointRow>(
    reader,
    `select ${checkpointColumns} from checkpoints c where $1::bigint is null or c.capture < $1
     order by c.capture desc limit $2`,
    [before, limit],
  );
  return rows.map(toCheckpoint);
}

/** One checkpoint, or undefined. */
export async function findCheckpoint(reader: Pool, id: string): Promise<StoredCheckpoint | undefined> {
  const rows = await readRows<CheckpointRow>(
    reader,
    `select ${checkpointColumns} from checkpoints c where c.id = $1::uuid`,
    [id],
  );
  return rows.map(toCheckpoint)[0];
}

/** The oldest checkpoint that seals a posting, or undefined. */
export async function findOldestSealing(
  reader: Pool,
  { walletId, postingSeq }: { walletId: string; postingSeq: bigint },
): Promise<StoredCheckpoint | undefined> {
  const rows = await readRows<CheckpointRow>(
    reader,
    `select ${checkpointColumns} from checkpoints c
     where c.capture >= (select min(h.capture) from checkpoint_heads h where h.wallet_id = $1::uuid and h.posting_seq >= $2)
     order by c.capture limit 1`,
    [walletId, postingSeq],
  );
  return rows.map(toCheckpoint)[0];
}

/** The head of a wallet at a capture; undefined when the wallet was not there yet. */
export async function findHead(
  reader: Pool,
  { walletId, capture }: { walletId: string; capture: bigint },
): Promise<WalletHead | undefined> {
  const rows = await readRows<HeadRow>(
    reader,
    `select h.wallet_id, h.posting_seq, h.chain_head from checkpoint_heads h
     where h.wallet_id = $1::uuid and h.capture <= $2 order by h.capture desc limit 1`,
    [walletId, capture],
  );
  return rows.map(toHead)[0];
}

/** The heads at a capture of the wallets from one to before another, or to the last; in the order of their ids. */
export async function listHeads(
  reader: Pool,
  { capture, from, before }: { capture: bigint; from: string; before: string | null },
): Promise<WalletHead[]> {
  const rows = await readRows<HeadRow>(
    reader,
    `select distinct on (h.wallet_id) h.wallet_id, h.posting_seq, h.chain_head from checkpoint_heads h
     where h.wallet_id >= $2::uuid and ($3::uuid is null or h.wallet_id < $3) and h.capture <= $1
     order by h.wallet_id, h.capture desc`,
    [capture, from, before],
  );
  return rows.map(toHead);
}

/** The nodes of a checkpoint's tree above each 1,024 leaves, in order. */
export async function listSubtrees(reader: Pool, checkpointId: string): Promise<Subtree[]> {
  const rows = await readRows<{ first_wallet_id: string; hash: Buffer }>(
    reader,
    "select first_wallet_id, hash from checkpoint_subtrees where checkpoint_id = $1::uuid order by first_wallet_id",
    [checkpointId],
  );
  return rows.map((row) => ({ firstWalletId: row.first_wallet_id, hash: row.hash }));
}

/** The database's clock, and when the newest checkpoint was made: null when there is none. In microseconds since 1970. */
export async function readCheckpointTimes(reader: Pool): Promise<{ now: bigint; newest: bigint | null }> {
  const [row] = await readRows<{ now: bigint; newest: bigint | null }>(
    reader,
    "select clock_timestamp() as now, (select max(create_time) from checkpoints) as newest",
  );
  if (row === undefined) throw new Error("the database did not tell the time");
  return row;
}

interface HeadRow {
  wallet_id: string;
  posting_seq: string;
  chain_head: Buffer;
}

function toHead(row: HeadRow): WalletHead {
  return { walletId: row.wallet_id, postingSeq: BigInt(row.posting_seq), chainHead: row.chain_head };
}

export function toCheckpoint(row: CheckpointRow): StoredCheckpoint {
  return {
    id: row.id,
    capture: BigInt(row.capture),
    merkleRoot: row.merkle_root,
    walletCount: BigInt(row.wallet_count),
    postingCount: BigInt(row.posting_count),
    previousCheckpointId: row.previous_checkpoint_id,
    createTime: row.create_time,
    signature: row.signature,
    publicKey: row.public_key,
    keyId: row.key_id,
  };
}
