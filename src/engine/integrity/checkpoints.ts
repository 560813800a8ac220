import type { StoredCheckpoint } from "../../db/checkpoints.js";
import {
  findBrokenHeads,
  lastOfHeads,
  listNewestTwo,
  listSubtreeHashes,
  listSubtreeLeaves,
  type SubtreeLeaves,
} from "../../db/integrity/checkpoints.js";
import { lowestTransactionId } from "../../db/integrity/transactions.js";
import { isSigned } from "../../ledger/checkpoint-key.js";
import type { IntegrityFinding } from "../../ledger/integrity.js";
import { merkleRoot } from "../../ledger/merkle.js";
import { digestsOf, subtreeLeaves, subtreesPerPage } from "../head-tree.js";
import type { Phase, Step, StepContext } from "./phase.js";

/** Verifies that the ledger contains every head that was kept for a checkpoint. */
export const headPhase: Phase = { name: "heads", step: stepOverHeads };

/** Verifies the checkpoints, newest first: signature, place and root. They are of all assets, and so is this. */
export const checkpointPhase: Phase = { name: "checkpoints", step: stepOverCheckpoints };

async function stepOverHeads({ session, run, after, size }: StepContext): Promise<Step> {
  const [walletId = lowestTransactionId, capture = "0"] = after ?? [];
  const from = { walletId, capture: BigInt(capture) };
  const through = await lastOfHeads(session, from, size);
  if (through === null) return { findings: [], through };
  const findings = await findBrokenHeads(session, { after: from, through, asset: run.asset });
  return { findings, through: [through.walletId, `${through.capture}`] };
}

/**
 * How many heads are put together to roots in one check: those of the newest checkpoint, and of as many before it. A
 * head that was left out of an old root is one that its posting has been compared with.
 */
const leavesMax = 10_000_000n;

/** A place among the checkpoints: in the tree of one of them. */
interface TreePlace {
  readonly capture: bigint;
  /** The last subtree that is done; null when none is. */
  readonly subtree: string | null;
  /** What the subtrees that are done come to. */
  readonly wallets: bigint;
  readonly postings: bigint;
  /** The leaves of all roots before this one. */
  readonly leaves: bigint;
}

async function stepOverCheckpoints(context: StepContext): Promise<Step> {
  if (context.run.asset !== null) return { findings: [], through: null };
  const place = context.after === null ? null : parse(context.after);
  const [checkpoint, before] = await listNewestTwo(context.session, place?.capture ?? null);
  if (checkpoint === undefined) return { findings: [], through: null };
  const at = place ?? placeOf(checkpoint, 0n);
  const begun = at.subtree === null ? findingsOf(checkpoint, before, context.trustedKeyIds) : [];
  if (at.leaves > 0n && at.leaves + checkpoint.walletCount > leavesMax)
    return { findings: begun, through: nextOf(before, at.leaves) };

  const limit = Math.min(subtreesPerPage, Math.max(1, Math.floor(context.size / subtreeLeaves)));
  const subtrees = await listSubtreeLeaves(context.session, checkpoint, { after: at.subtree, limit });
  const wrong = subtrees.flatMap((subtree) => wrongSubtree(checkpoint, subtree));
  const done = added(at, subtrees);
  const last = subtrees.at(-1);
  if (last !== undefined && last.nextWalletId !== null)
    return { findings: [...begun, ...wrong], through: print({ ...done, subtree: last.firstWalletId }) };
  const hashes = await listSubtreeHashes(context.session, checkpoint.id);
  return {
    findings: [
      ...begun,
      ...wrong,
      ...wrongRoot(checkpoint, merkleRoot(hashes)),
      ...wrongCounts(checkpoint, done),
    ],
    through: nextOf(before, at.leaves + done.wallets),
  };
}

function placeOf({ capture }: StoredCheckpoint, leaves: bigint): TreePlace {
  return { capture, subtree: null, wallets: 0n, postings: 0n, leaves };
}

function nextOf(before: StoredCheckpoint | undefined, leaves: bigint): readonly string[] | null {
  return before === undefined ? null : print(placeOf(before, leaves));
}

function added(place: TreePlace, subtrees: readonly SubtreeLeaves[]): TreePlace {
  const wallets = subtrees.reduce((sum, { leaves }) => sum + BigInt(digestsOf(leaves).length), place.wallets);
  const postings = subtrees.reduce((sum, { postingCount }) => sum + postingCount, place.postings);
  return { ...place, wallets, postings };
}

/** What is wrong with a checkpoint by itself and by the one before it. */
function findingsOf(
  checkpoint: StoredCheckpoint,
  before: StoredCheckpoint | undefined,
  trustedKeyIds: readonly string[],
): IntegrityFinding[] {
  const { id, keyId, previousCheckpointId, createTime } = checkpoint;
  const findings: IntegrityFinding[] = [];
  if (!isSigned(checkpoint))
    findings.push(
      finding(id, `Checkpoint ${id} is not signed by its key: it is not as it was made.`, {
        expected: `a signature by key ${keyId}`,
        actual: checkpoint.signature.toString("hex"),
      }),
    );
  if (trustedKeyIds.length > 0 && !trustedKeyIds.includes(keyId))
    findings.push(
      finding(id, `Checkpoint ${id} is signed by key ${keyId}, which is none of those that are trusted.`, {
        expected: trustedKeyIds.join(", "),
        actual: keyId,
      }),
    );
  if (previousCheckpointId !== (before?.id ?? null))
    findings.push(
      finding(id, `Checkpoint ${id} was made after another one than that which is before it now.`, {
        expected: previousCheckpointId ?? "none",
        actual: before?.id ?? "none",
      }),
    );
  if (before !== undefined && before.createTime > createTime)
    findings.push(
      finding(id, `Checkpoint ${id} is older than the one before it.`, {
        expected: `${before.createTime} or later`,
        actual: `${createTime}`,
      }),
    );
  return findings;
}

function wrongSubtree({ id }: StoredCheckpoint, subtree: SubtreeLeaves): IntegrityFinding[] {
  const { firstWalletId, nextWalletId, hash, leaves } = subtree;
  const actual = merkleRoot(digestsOf(leaves));
  if (actual.equals(hash)) return [];
  const range = nextWalletId === null ? "on" : `to before ${nextWalletId}`;
  const message = `The heads kept of the wallets from ${firstWalletId} ${range} are not those that checkpoint ${id} was made of.`;
  return [finding(id, message, { expected: hash.toString("hex"), actual: actual.toString("hex") })];
}

function wrongRoot({ id, merkleRoot: sealed }: StoredCheckpoint, actual: Buffer): IntegrityFinding[] {
  if (actual.equals(sealed)) return [];
  const message = `What was kept of checkpoint ${id} does not lead to its Merkle root.`;
  return [finding(id, message, { expected: sealed.toString("hex"), actual: actual.toString("hex") })];
}

function wrongCounts(checkpoint: StoredCheckpoint, { wallets, postings }: TreePlace): IntegrityFinding[] {
  const { id, walletCount, postingCount } = checkpoint;
  if (wallets === walletCount && postings === postingCount) return [];
  const message = `Checkpoint ${id} is said to be over ${walletCount} wallets and ${postingCount} postings; its heads have ${wallets} and ${postings}.`;
  return [
    finding(id, message, { expected: `${walletCount}, ${postingCount}`, actual: `${wallets}, ${postings}` }),
  ];
}

function finding(
  checkpointId: string,
  message: string,
  { expected, actual }: { expected: string; actual: string },
): IntegrityFinding {
  const nothing = { asset: null, walletId: null, postingSeq: null, transactionId: null };
  return { rule: "CHECKPOINT", message, ...nothing, checkpointId, expected, actual };
}

function print({ capture, subtree, wallets, postings, leaves }: TreePlace): readonly string[] {
  return [`${capture}`, subtree ?? "", `${wallets}`, `${postings}`, `${leaves}`];
}

function parse([
  capture = "0",
  subtree = "",
  wallets = "0",
  postings = "0",
  leaves = "0",
]: readonly string[]): TreePlace {
  return {
    capture: BigInt(capture),
    subtree: subtree === "" ? null : subtree,
    wallets: BigInt(wallets),
    postings: BigInt(postings),
    leaves: BigInt(leaves),
  };
}
