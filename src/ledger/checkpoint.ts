import { merkleLeaf } from "./merkle.js";

/** What a checkpoint signs. */
export interface CheckpointContent {
  /** A UUIDv7. */
  readonly id: string;
  /** The root of the Merkle tree over the heads of all wallets, in the order of wallet ids, 32 bytes. */
  readonly merkleRoot: Buffer;
  readonly walletCount: bigint;
  readonly postingCount: bigint;
  /** The checkpoint before it; null for the first. */
  readonly previousCheckpointId: string | null;
  /** The instant that it seals, in microseconds since 1970. */
  readonly createTime: bigint;
}

/** A seal over the whole ledger at one instant. */
export interface Checkpoint extends CheckpointContent {
  /** The Ed25519 signature over its canonical bytes, 64 bytes. */
  readonly signature: Buffer;
  /** The Ed25519 public key that verifies it, 32 bytes. */
  readonly publicKey: Buffer;
  /** The id of that key. */
  readonly keyId: string;
}

/** Where the chain of a wallet ends. */
export interface WalletHead {
  readonly walletId: string;
  /** The number of its last posting; 0 when it has none. */
  readonly postingSeq: bigint;
  /** The hash of that posting; all zero when it has none. */
  readonly chainHead: Buffer;
}

const uuidBytes = 16;
const digestBytes = 32;
const integerBytes = 8;
const noId = "0".repeat(2 * uuidBytes);

// What is signed begins with what it is, so that no signature of this key can be passed off as one of something else.
const title = Buffer.from("wallet.v1.Checkpoint", "ascii");

/** The hash of the leaf of a wallet: over its id, the number of its last posting (big-endian) and its chain head. */
export function headLeaf({ walletId, postingSeq, chainHead }: WalletHead): Buffer {
  const content = Buffer.alloc(uuidBytes + integerBytes + digestBytes);
  content.write(hexOf(walletId), 0, "hex");
  content.writeBigInt64BE(postingSeq, uuidBytes);
  content.set(chainHead, uuidBytes + integerBytes);
  return merkleLeaf(content);
}

/**
 * The bytes that a checkpoint's signature covers: `wallet.v1.Checkpoint`, id, root, wallet count, posting count, the id
 * of the checkpoint before (all zero in the first), and the time in microseconds since 1970; integers big-endian.
 */
export function canonicalCheckpoint(content: CheckpointContent): Buffer {
  const { id, merkleRoot, walletCount, postingCount, previousCheckpointId, createTime } = content;
  return Buffer.concat([
    title,
    Buffer.from(hexOf(id), "hex"),
    merkleRoot,
    integer(walletCount),
    integer(postingCount),
    Buffer.from(hexOf(previousCheckpointId ?? noId), "hex"),
    integer(createTime),
  ]);
}

function integer(value: bigint): Buffer {
  const bytes = Buffer.alloc(integerBytes);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function hexOf(id: string): string {
  return id.replaceAll("-", "");
}
