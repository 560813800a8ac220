import { canonicalHash, parseCanonicalPosting, type UnhashedPosting } from "./chain.js";
import { type Checkpoint, headLeaf } from "./checkpoint.js";
import { isSigned } from "./checkpoint-key.js";
import { type MerkleSibling, rootAbove } from "./merkle.js";
import type { Posting } from "./transaction.js";
import { emptyChainHead } from "./wallet.js";

/** What a proof says of its posting: all but what was held and available after it. */
export type ProvedPosting = Omit<Posting, "heldAfter" | "availableAfter">;

/** The proof that a posting is part of what a checkpoint seals. */
export interface PostingProof {
  readonly posting: ProvedPosting;
  /** The hash of the wallet's posting before it; all zero for the first. */
  readonly previousHash: Buffer;
  readonly canonicalPosting: Buffer;
  /** The canonical bytes of the wallet's later postings up to the one that is sealed, oldest first. */
  readonly laterCanonicalPostings: readonly Buffer[];
  /** The way from the head of the wallet to the Merkle root. */
  readonly siblings: readonly MerkleSibling[];
  readonly checkpoint: Checkpoint;
}

/** Why a proof proves nothing, as a sentence; null when it proves its posting, by the key that it comes with. */
export function flawOf(proof: PostingProof): string | null {
  return flawOfPosting(proof) ?? flawOfChain(proof) ?? flawOfSeal(proof);
}

const provedFields = [
  "walletId",
  "postingSeq",
  "transactionId",
  "asset",
  "amount",
  "balanceAfter",
  "version",
  "postTime",
] as const satisfies (keyof UnhashedPosting & keyof ProvedPosting)[];

function flawOfPosting({ posting, previousHash, canonicalPosting }: PostingProof): string | null {
  const parsed = parseCanonicalPosting(canonicalPosting);
  if (parsed === null) return "The canonical bytes are not those of a posting.";
  for (const field of provedFields) {
    if (parsed[field] === posting[field]) continue;
    return `The posting says ${field} ${posting[field]}, its canonical bytes say ${parsed[field]}.`;
  }
  if (posting.postingSeq === 1n && !previousHash.equals(emptyChainHead))
    return "The posting is the first of its wallet, but a hash is given of one before it.";
  if (!canonicalHash(previousHash, canonicalPosting).equals(posting.hash))
    return "The hash of the posting is not that of its canonical bytes and the hash before it.";
  return null;
}

function flawOfChain({ posting, laterCanonicalPostings }: PostingProof): string | null {
  let expected = posting.postingSeq;
  for (const canonical of laterCanonicalPostings) {
    expected += 1n;
    const later = parseCanonicalPosting(canonical);
    const follows = later?.walletId === posting.walletId && later.postingSeq === expected;
    if (!follows) return `Among the later postings, number ${expected} of the wallet is not in its place.`;
  }
  return null;
}

function flawOfSeal({ posting, laterCanonicalPostings, siblings, checkpoint }: PostingProof): string | null {
  const chainHead = laterCanonicalPostings.reduce(canonicalHash, posting.hash);
  const postingSeq = posting.postingSeq + BigInt(laterCanonicalPostings.length);
  const root = rootAbove(headLeaf({ walletId: posting.walletId, postingSeq, chainHead }), siblings);
  if (!root.equals(checkpoint.merkleRoot))
    return "The way up from the head of the wallet does not lead to the checkpoint's Merkle root.";
  if (!isSigned(checkpoint)) return "The checkpoint is not signed by the key that comes with it.";
  return null;
}
