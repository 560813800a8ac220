import type { Subtree } from "../db/checkpoint-writes.js";
import { readLeafPage } from "../db/head-leaves.js";
import type { Pool } from "../db/pool.js";
import { merkleRoot } from "../ledger/merkle.js";

/** The tree over the heads of all wallets at a capture. */
export interface HeadTree {
  readonly root: Buffer;
  /** Its nodes above each 1,024 leaves, in order. */
  readonly subtrees: readonly Subtree[];
  readonly walletCount: bigint;
  readonly postingCount: bigint;
}

/** How many leaves one subtree has: a power of two, so that the root over the subtrees is the root over the leaves. */
export const subtreeLeaves = 1_024;

/** How many subtrees are put together at once: each takes about a millisecond of the one thread that answers callers. */
export const subtreesPerPage = 4;

const digestBytes = 32;
const uuidBytes = 16;
const lowestId = "00000000-0000-0000-0000-000000000000";

/**
 * Builds the tree of a capture from what was kept of it, a page at a time: in memory stays one hash for each 1,024
 * wallets, and the leaves that are not yet that many.
 */
export async function readHeadTree(reader: Pool, capture: bigint): Promise<HeadTree> {
  const subtrees: Subtree[] = [];
  let walletCount = 0n;
  let postingCount = 0n;
  let open: Leaf[] = [];
  let after: string | null = lowestId;
  while (after !== null) {
    const page = await readLeafPage(reader, capture, { after, heads: subtreesPerPage * subtreeLeaves });
    const leaves = page === null ? [] : leavesOf(page);
    walletCount += BigInt(leaves.length);
    postingCount += page?.postingCount ?? 0n;
    open = [...open, ...leaves];
    after = page?.through ?? null;
    while (open.length >= subtreeLeaves) subtrees.push(subtreeOf(open.splice(0, subtreeLeaves)));
  }
  if (open.length > 0) subtrees.push(subtreeOf(open));
  return { root: merkleRoot(subtrees.map(({ hash }) => hash)), subtrees, walletCount, postingCount };
}

/** The digests that stand one behind the other. */
export function digestsOf(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length / digestBytes }, (_, index) =>
    bytes.subarray(index * digestBytes, (index + 1) * digestBytes),
  );
}

interface Leaf {
  /** 16 bytes. */
  readonly walletId: Buffer;
  readonly hash: Buffer;
}

function leavesOf({ walletIds, leaves }: { walletIds: Buffer; leaves: Buffer }): Leaf[] {
  return digestsOf(leaves).map((hash, index) => ({
    walletId: walletIds.subarray(index * uuidBytes, (index + 1) * uuidBytes),
    hash,
  }));
}

function subtreeOf(leaves: readonly Leaf[]): Subtree {
  const hex = leaves[0]?.walletId.toString("hex") ?? "";
  const firstWalletId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  return { firstWalletId, hash: merkleRoot(leaves.map(({ hash }) => hash)) };
}
