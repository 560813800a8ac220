import { hash } from "node:crypto";
import type { Posting } from "./transaction.js";

/** A posting without its hash: all that the hash covers besides the one before it. */
export type UnhashedPosting = Omit<Posting, "hash">;

const digestBytes = 32;
const uuidBytes = 16;
const integerBytes = 8;
const assetBytesMax = 32;
const assetOffset = 2 * uuidBytes + 7 * integerBytes;

// One buffer for all: a posting's bytes are digested before the next one's are written. Its view writes 64 bits many
// times faster than the buffer's own methods.
const bytes = Buffer.alloc(digestBytes + assetOffset + assetBytesMax);
const view = new DataView(bytes.buffer, bytes.byteOffset);

/**
 * The hash of a posting: sha256 over the hash of the wallet's posting before it and this one's canonical bytes
 * (wallet id, number, transaction id, amount, balance, held and available after, version, post time, asset; integers
 * big-endian). All of it: whatever of a posting were left out could be changed later without a trace.
 *
 * The wallet's row lock already puts its postings in one order, so the chain needs no lock of its own.
 */
export function postingHash(previous: Buffer, posting: UnhashedPosting): Buffer {
  bytes.set(previous, 0);
  return hash("sha256", bytes.subarray(0, writePosting(posting)), "buffer");
}

/** The bytes that a posting's hash covers behind the hash before it: 88 bytes and the asset's code. */
export function canonicalPosting(posting: UnhashedPosting): Buffer {
  return Buffer.from(bytes.subarray(digestBytes, writePosting(posting)));
}

/** The posting that canonical bytes stand for; null when they stand for none. */
export function parseCanonicalPosting(canonical: Buffer): UnhashedPosting | null {
  if (canonical.length <= assetOffset || canonical.length > assetOffset + assetBytesMax) return null;
  const integer = (index: number) => canonical.readBigInt64BE(2 * uuidBytes + index * integerBytes);
  const posting = {
    walletId: uuidAt(canonical, 0),
    postingSeq: canonical.readBigInt64BE(uuidBytes),
    transactionId: uuidAt(canonical, uuidBytes + integerBytes),
    amount: integer(1),
    balanceAfter: integer(2),
    heldAfter: integer(3),
    availableAfter: integer(4),
    version: integer(5),
    postTime: integer(6),
    asset: canonical.toString("utf8", assetOffset),
  };
  // Bytes that are no text come back as others.
  return canonicalPosting(posting).equals(canonical) ? posting : null;
}

/** The hash of a posting that is given by its canonical bytes. */
export function canonicalHash(previous: Buffer, canonical: Buffer): Buffer {
  return hash("sha256", Buffer.concat([previous, canonical]), "buffer");
}

/** Writes a posting behind where the hash before it goes, and returns where it ends. */
function writePosting(posting: UnhashedPosting): number {
  let size = writeUuid(posting.walletId, digestBytes);
  size = writeInteger(posting.postingSeq, size);
  size = writeUuid(posting.transactionId, size);
  size = writeInteger(posting.amount, size);
  size = writeInteger(posting.balanceAfter, size);
  size = writeInteger(posting.heldAfter, size);
  size = writeInteger(posting.availableAfter, size);
  size = writeInteger(posting.version, size);
  size = writeInteger(posting.postTime, size);
  return size + bytes.write(posting.asset, size, assetBytesMax, "utf8");
}

/** Writes at an offset, and returns the one behind it. */
function writeInteger(value: bigint, offset: number): number {
  view.setBigInt64(offset, value);
  return offset + integerBytes;
}

function writeUuid(id: string, offset: number): number {
  return offset + bytes.write(id.replaceAll("-", ""), offset, uuidBytes, "hex");
}

function uuidAt(canonical: Buffer, offset: number): string {
  const hex = canonical.toString("hex", offset, offset + uuidBytes);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
