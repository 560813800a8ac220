import type { Subtree } from "../db/checkpoint-writes.js";
import { type LeafRun, listLeafRuns } from "../db/head-leaves.js";
import type { Reader } from "../db/reader.js";
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
const subtreeLeaves = 1_024;

// Joining a subtree's leaves takes about a millisecond of the one thread that also answers callers.
const subtreesPerPage = 4;

const digestBytes = 32;

/**
 * Builds the tree of a capture from what was kept of it, a page at a time: in memory stays one hash for each 1,024
 * wallets.
 */
export async function readHeadTree(reader: Reader, capture: bigint): Promise<HeadTree> {
  const subtrees: Subtree[] = [];
  let walletCount = 0n;
  let postingCount = 0n;
  for await (const run of readRuns(reader, capture)) {
    const leaves = digestsOf(run.leaves);
    subtrees.push({ firstWalletId: run.firstWalletId, hash: merkleRoot(leaves) });
    walletCount += BigInt(leaves.length);
    postingCount += run.postingCount;
  }
  return { root: merkleRoot(subtrees.map(({ hash }) => hash)), subtrees, walletCount, postingCount };
}

async function* readRuns(reader: Reader, capture: bigint): AsyncIterable<LeafRun> {
  let after: string | null = null;
  for (;;) {
    const page: LeafRun[] = await listLeafRuns(reader, capture, {
      after,
      runs: subtreesPerPage,
      runSize: subtreeLeaves,
    });
    yield* page;
    if (page.length < subtreesPerPage) return;
    after = page.at(-1)?.lastWalletId ?? null;
  }
}

/** The digests that stand one behind the other. */
export function digestsOf(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length / digestBytes }, (_, index) =>
    bytes.subarray(index * digestBytes, (index + 1) * digestBytes),
  );
}
