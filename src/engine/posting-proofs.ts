import {
  findCheckpoint,
  findHead,
  findOldestSealing,
  listHeads,
  listSubtrees,
  type StoredCheckpoint,
} from "../db/checkpoints.js";
import type { Pool } from "../db/pool.js";
import { findPosting, listPostingRun } from "../db/postings.js";
import { canonicalPosting } from "../ledger/chain.js";
import { headLeaf, type WalletHead } from "../ledger/checkpoint.js";
import { auditPath, type MerkleSibling } from "../ledger/merkle.js";
import { flawOf, type PostingProof } from "../ledger/posting-proof.js";
import type { Posting } from "../ledger/transaction.js";
import { emptyChainHead } from "../ledger/wallet.js";
import { WalletError } from "../ledger/wallet-error.js";

/** Which posting is to be proved, by which checkpoint. */
export interface ProofRequest {
  readonly walletId: string;
  /** The number of the posting, 1 or more. */
  readonly postingSeq: bigint;
  /** Null for the oldest checkpoint that seals it. */
  readonly checkpointId: string | null;
}

/** More postings behind the one that is proved would make an answer of 4 MiB, as JSON. */
const laterPostingsMax = 20_000n;

const postingsPerPage = 1_000;

/**
 * Proves that a posting is part of what a checkpoint seals. A proof that does not hold is never given out.
 *
 * @throws INVALID_FIELD when there is no such posting or checkpoint, when the checkpoint does not seal the posting, and
 * when too many postings lie between the posting and the wallet's sealed head.
 * @throws an error when the ledger contradicts the checkpoint.
 */
export async function provePosting(reader: Pool, request: ProofRequest): Promise<PostingProof> {
  const { walletId, postingSeq } = request;
  const posting = await findPosting(reader, walletId, postingSeq);
  if (posting === undefined) throw invalid("posting_seq", `wallet ${walletId} has no posting ${postingSeq}`);
  const checkpoint = await sealingCheckpoint(reader, request);
  const head = await sealedHead(reader, checkpoint, posting);
  const previous = postingSeq === 1n ? null : await findPosting(reader, walletId, postingSeq - 1n);
  const proof: PostingProof = {
    posting,
    previousHash: previous?.hash ?? emptyChainHead,
    canonicalPosting: canonicalPosting(posting),
    laterCanonicalPostings: await laterPostings(reader, posting, head),
    siblings: await pathOf(reader, checkpoint, walletId),
    checkpoint,
  };
  const flaw = flawOf(proof);
  if (flaw === null) return proof;
  throw new Error(
    `posting ${postingSeq} of wallet ${walletId} contradicts checkpoint ${checkpoint.id}: ${flaw}`,
  );
}

async function sealingCheckpoint(
  reader: Pool,
  { walletId, postingSeq, checkpointId }: ProofRequest,
): Promise<StoredCheckpoint> {
  if (checkpointId === null) {
    const oldest = await findOldestSealing(reader, { walletId, postingSeq });
    if (oldest !== undefined) return oldest;
    throw invalid(
      "posting_seq",
      `no checkpoint seals posting ${postingSeq} of wallet ${walletId} yet; CreateCheckpoint makes one that does`,
    );
  }
  const named = await findCheckpoint(reader, checkpointId);
  if (named === undefined) throw invalid("checkpoint_id", `there is no checkpoint ${checkpointId}`);
  return named;
}

async function sealedHead(
  reader: Pool,
  { id, capture }: StoredCheckpoint,
  { walletId, postingSeq }: Posting,
): Promise<WalletHead> {
  const head = await findHead(reader, { walletId, capture });
  if (head === undefined || head.postingSeq < postingSeq) {
    throw invalid(
      "checkpoint_id",
      `checkpoint ${id} seals wallet ${walletId} up to posting ${head?.postingSeq ?? 0n}, not ${postingSeq}; ` +
        "leave it out for the oldest that does",
    );
  }
  const later = head.postingSeq - postingSeq;
  if (later <= laterPostingsMax) return head;
  throw invalid(
    "posting_seq",
    `${later} postings lie between posting ${postingSeq} and the head of wallet ${walletId} that checkpoint ${id} seals, ` +
      `and a proof holds at most ${laterPostingsMax}; leave checkpoint_id out for the shortest proof, and make ` +
      "checkpoints more often for postings to come",
  );
}

async function laterPostings(reader: Pool, { walletId, postingSeq }: Posting, head: WalletHead) {
  const canonical: Buffer[] = [];
  let above = postingSeq;
  while (above < head.postingSeq) {
    const run = { walletId, above, through: head.postingSeq, limit: postingsPerPage };
    const page = await listPostingRun(reader, run);
    if (page.length === 0)
      throw new Error(`wallet ${walletId} lacks postings above ${above}, which are sealed`);
    canonical.push(...page.map(canonicalPosting));
    above += BigInt(page.length);
  }
  return canonical;
}

/** The way from the head of a wallet up: within its subtree first, then among the subtrees. */
async function pathOf(
  reader: Pool,
  { id, capture }: StoredCheckpoint,
  walletId: string,
): Promise<MerkleSibling[]> {
  const subtrees = await listSubtrees(reader, id);
  const at = subtrees.findLastIndex(({ firstWalletId }) => firstWalletId <= walletId);
  const from = subtrees[at]?.firstWalletId;
  if (from === undefined) throw new Error(`checkpoint ${id} has no subtree for wallet ${walletId}`);
  const before = subtrees[at + 1]?.firstWalletId ?? null;
  const heads = await listHeads(reader, { capture, from, before });
  const index = heads.findIndex((head) => head.walletId === walletId);
  const within = auditPath(heads.map(headLeaf), index);
  return [
    ...within,
    ...auditPath(
      subtrees.map(({ hash }) => hash),
      at,
    ),
  ];
}

function invalid(field: string, description: string): WalletError {
  return new WalletError("INVALID_FIELD", `${field}: ${description}`, {
    metadata: { fields: field },
    violations: [{ field, description }],
  });
}
