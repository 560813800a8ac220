import { fromJsonString } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import {
  type Checkpoint as CheckpointMessage,
  GetPostingProofResponseSchema,
} from "../../gen/wallet/v1/integrity_pb.js";
import type { Posting as PostingMessage } from "../../gen/wallet/v1/transaction_pb.js";
import type { Checkpoint } from "../../ledger/checkpoint.js";
import type { PostingProof, ProvedPosting } from "../../ledger/posting-proof.js";

/** A text that is no answer of GetPostingProof. The message says what is wrong with it. */
export class ProofFormError extends Error {
  override name = "ProofFormError";
}

/**
 * The proof in an answer of GetPostingProof, as grpcurl and Connect print it. Fields that a later release has added are
 * left out: what is checked is all that this one knows of.
 *
 * @throws ProofFormError when the text is no such answer, or not a whole one.
 */
export function decodePostingProof(text: string): PostingProof {
  const { proof } = parse(text);
  const { posting, checkpoint } = proof ?? {};
  if (proof === undefined || posting === undefined || checkpoint === undefined)
    throw new ProofFormError("The text has no proof with a posting and a checkpoint.");
  return {
    posting: toPosting(posting),
    previousHash: Buffer.from(proof.previousHash),
    canonicalPosting: Buffer.from(proof.canonicalPosting),
    laterCanonicalPostings: proof.laterCanonicalPostings.map((canonical) => Buffer.from(canonical)),
    siblings: proof.siblings.map(({ hash, left }) => ({ hash: Buffer.from(digest(hash)), left })),
    checkpoint: toCheckpoint(checkpoint, proof.publicKey),
  };
}

function parse(text: string) {
  try {
    return fromJsonString(GetPostingProofResponseSchema, text, { ignoreUnknownFields: true });
  } catch (error) {
    throw new ProofFormError(
      `The text is not the answer of GetPostingProof in JSON: ${error instanceof Error ? error.message : error}.`,
    );
  }
}

function toPosting(posting: PostingMessage): ProvedPosting {
  const asset = posting.amount?.asset ?? "";
  if (posting.balanceAfter?.asset !== asset)
    throw new ProofFormError("The posting's amount and balance are not of one asset.");
  return {
    walletId: posting.walletId,
    postingSeq: posting.postingSeq,
    transactionId: posting.transactionId,
    asset,
    amount: posting.amount?.units ?? 0n,
    balanceAfter: posting.balanceAfter.units,
    version: posting.version,
    postTime: microsOf(posting.postTime),
    hash: Buffer.from(digest(posting.hash)),
  };
}

function toCheckpoint(checkpoint: CheckpointMessage, publicKey: Uint8Array): Checkpoint {
  const { previousCheckpointId } = checkpoint;
  return {
    id: checkpoint.id,
    merkleRoot: Buffer.from(digest(checkpoint.merkleRoot)),
    walletCount: checkpoint.walletCount,
    postingCount: checkpoint.postingCount,
    previousCheckpointId: previousCheckpointId === "" ? null : previousCheckpointId,
    createTime: microsOf(checkpoint.createTime),
    signature: Buffer.from(checkpoint.signature),
    publicKey: Buffer.from(publicKey),
    keyId: checkpoint.keyId,
  };
}

const digestBytes = 32;

function digest(bytes: Uint8Array): Uint8Array {
  if (bytes.length === digestBytes) return bytes;
  throw new ProofFormError(`A hash has ${bytes.length} bytes instead of ${digestBytes}.`);
}

function microsOf(time: Timestamp | undefined): bigint {
  const { seconds = 0n, nanos = 0 } = time ?? {};
  if (nanos % 1_000 !== 0)
    throw new ProofFormError("A time is more exact than a microsecond, which no proof covers.");
  return seconds * 1_000_000n + BigInt(nanos / 1_000);
}
