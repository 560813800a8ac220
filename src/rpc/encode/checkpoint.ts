import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CheckpointSchema, PostingProofSchema } from "../../gen/wallet/v1/integrity_pb.js";
import type { Checkpoint } from "../../ledger/checkpoint.js";
import type { PostingProof } from "../../ledger/posting-proof.js";
import { encodeTime } from "./money.js";
import { encodePosting } from "./transaction.js";

export function encodeCheckpoint(checkpoint: Checkpoint): MessageInitShape<typeof CheckpointSchema> {
  return {
    id: checkpoint.id,
    merkleRoot: checkpoint.merkleRoot,
    walletCount: checkpoint.walletCount,
    postingCount: checkpoint.postingCount,
    previousCheckpointId: checkpoint.previousCheckpointId ?? "",
    signature: checkpoint.signature,
    keyId: checkpoint.keyId,
    createTime: encodeTime(checkpoint.createTime),
  };
}

export function encodePostingProof(proof: PostingProof): MessageInitShape<typeof PostingProofSchema> {
  return {
    posting: encodePosting(proof.posting),
    previousHash: proof.previousHash,
    canonicalPosting: proof.canonicalPosting,
    laterCanonicalPostings: [...proof.laterCanonicalPostings],
    siblings: [...proof.siblings],
    checkpoint: encodeCheckpoint(proof.checkpoint),
    publicKey: proof.checkpoint.publicKey,
  };
}
