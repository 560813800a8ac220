import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CheckpointSchema, PostingProofSchema } from "../../gen/wallet/v1/integrity_pb.js";
import type { Checkpoint } from "../../ledger/checkpoint.js";
import type { PostingProof } from "../../ledger/posting-proof.js";
import { encodeTime } from "./money.js";
import { encodePosting } from "./transaction.js";

export function encodeCheckpoint(checkpoint: Checkpoint): MessageInitShape<typeof CheckpointSchema> {
  return {
    id: checkpoint.id,
    merkleRoot: new Uint8Array(checkpoint.merkleRoot),
    walletCount: checkpoint.walletCount,
    postingCount: checkpoint.postingCount,
    previousCheckpointId: checkpoint.previousCheckpointId ?? "",
    signature: new Uint8Array(checkpoint.signature),
    keyId: checkpoint.keyId,
    createTime: encodeTime(checkpoint.createTime),
  };
}

export function encodePostingProof(proof: PostingProof): MessageInitShape<typeof PostingProofSchema> {
  return {
    posting: encodePosting(proof.posting),
    previousHash: new Uint8Array(proof.previousHash),
    canonicalPosting: new Uint8Array(proof.canonicalPosting),
    laterCanonicalPostings: proof.laterCanonicalPostings.map((canonical) => new Uint8Array(canonical)),
    siblings: proof.siblings.map(({ hash, left }) => ({ hash: new Uint8Array(hash), left })),
    checkpoint: encodeCheckpoint(proof.checkpoint),
    publicKey: new Uint8Array(proof.checkpoint.publicKey),
  };
}
