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
 *
 * @throws the reason of the signal when it aborts.
 */
export async function readHeadTree(reader: Reader, capture: bigint, signal?: AbortSignal): Promise<HeadTree> {
  const subtrees: Subtree[] = [];
  let walletCount = 0n;
  let postingCount = 0n;
  for await (const run of readRuns(reader, capture)) {
    signal?.throwIfAborted();
    subtrees.push({ firstWalletId: run.firstWalletId, hash: merkleRoot(leavesOf(run)) });
    walletCount += BigInt(run.leaves.length / digestBytes);
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

function leavesOf({ leaves }: LeafRun): Buffer[] {
  return Array.from({ length: leaves.length / digestBytes }, (_, index) =>
    leaves.subarray(index * digestBytes, (index + 1) * digestBytes),
  );
}
