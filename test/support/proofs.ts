import { generateKeyPairSync } from "node:crypto";
import { canonicalPosting, postingHash, type UnhashedPosting } from "../../src/ledger/chain.js";
import { headLeaf, type WalletHead } from "../../src/ledger/checkpoint.js";
import { type CheckpointKey, checkpointKeyOf, signCheckpoint } from "../../src/ledger/checkpoint-key.js";
import { auditPath, merkleRoot } from "../../src/ledger/merkle.js";
import type { PostingProof } from "../../src/ledger/posting-proof.js";
import type { Posting } from "../../src/ledger/transaction.js";
import { emptyChainHead } from "../../src/ledger/wallet.js";

/** A key that nobody else has. */
export function newCheckpointKey(): CheckpointKey {
  return checkpointKeyOf(generateKeyPairSync("ed25519").privateKey);
}

/** A chain of postings of one wallet, as the ledger would make it. */
export function chainOf(walletId: string, length: number): Posting[] {
  const postings: Posting[] = [];
  for (let number = 1; number <= length; number++) {
    const units = BigInt(number);
    const unhashed: UnhashedPosting = {
      walletId,
      postingSeq: units,
      transactionId: `01900000-0000-7000-8000-${number.toString().padStart(12, "0")}`,
      asset: "gold",
      amount: units,
      balanceAfter: (units * (units + 1n)) / 2n,
      heldAfter: 0n,
      availableAfter: (units * (units + 1n)) / 2n,
      version: units,
      postTime: 1_795_255_200_000_000n + units,
    };
    const hash = postingHash(postings.at(-1)?.hash ?? emptyChainHead, unhashed);
    postings.push({ ...unhashed, hash });
  }
  return postings;
}

/** A true proof, made without any database: of one posting of a chain, among the heads of other wallets. */
export function proofOf(
  postings: readonly Posting[],
  postingSeq: number,
  { key, heads }: { key: CheckpointKey; heads: readonly WalletHead[] },
): PostingProof {
  const [posting, last] = [postings[postingSeq - 1], postings.at(-1)];
  if (posting === undefined || last === undefined) throw new Error("the chain has no such posting");
  const head = { walletId: last.walletId, postingSeq: last.postingSeq, chainHead: last.hash };
  const all = [...heads, head].sort((a, b) => (a.walletId < b.walletId ? -1 : 1));
  const leaves = all.map(headLeaf);
  const content = {
    id: "0197a000-0000-7000-8000-000000000001",
    merkleRoot: merkleRoot(leaves),
    walletCount: BigInt(all.length),
    postingCount: all.reduce((sum, one) => sum + one.postingSeq, 0n),
    previousCheckpointId: null,
    createTime: 1_795_255_300_000_000n,
  };
  return {
    posting,
    previousHash: postings[postingSeq - 2]?.hash ?? emptyChainHead,
    canonicalPosting: canonicalPosting(posting),
    laterCanonicalPostings: postings.slice(postingSeq).map(canonicalPosting),
    siblings: auditPath(leaves, all.indexOf(head)),
    checkpoint: signCheckpoint(content, key),
  };
}

/** Heads of other wallets; their ids are on both sides of any other. */
export function otherHeads(count: number): WalletHead[] {
  return Array.from({ length: count }, (_, index) => ({
    walletId: `${(index * 37 + 1).toString(16).padStart(8, "0")}-1111-5111-8111-111111111111`,
    postingSeq: BigInt(index),
    chainHead: Buffer.alloc(32, index),
  }));
}
