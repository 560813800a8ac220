import { hash } from "node:crypto";
import type { Posting } from "./transaction.js";

const digestBytes = 32;
const uuidBytes = 16;
const assetBytesMax = 32;

// One buffer for all: a posting's bytes are digested before the next one's are written. Its view writes 64 bits many
// times faster than the buffer's own methods.
const bytes = Buffer.alloc(digestBytes + 2 * uuidBytes + 7 * 8 + assetBytesMax);
const view = new DataView(bytes.buffer, bytes.byteOffset);

/**
 * The hash of a posting: sha256 over the hash of the wallet's posting before it and this one's canonical bytes
 * (wallet id, number, transaction id, amount, balance, held and available after, version, post time, asset; integers
 * big-endian). All of it: whatever of a posting were left out could be changed later without a trace.
 *
 * The wallet's row lock already puts its postings in one order, so the chain needs no lock of its own.
 */
export function postingHash(previous: Buffer, posting: Omit<Posting, "hash">): Buffer {
  bytes.set(previous, 0);
  let size = writeUuid(posting.walletId, previous.length);
  size = writeInteger(posting.postingSeq, size);
  size = writeUuid(posting.transactionId, size);
  size = writeInteger(posting.amount, size);
  size = writeInteger(posting.balanceAfter, size);
  size = writeInteger(posting.heldAfter, size);
  size = writeInteger(posting.availableAfter, size);
  size = writeInteger(posting.version, size);
  size = writeInteger(posting.postTime, size);
  size += bytes.write(posting.asset, size, assetBytesMax, "utf8");
  return hash("sha256", bytes.subarray(0, size), "buffer");
}

/** Writes at an offset, and returns the one behind it. */
function writeInteger(value: bigint, offset: number): number {
  view.setBigInt64(offset, value);
  return offset + 8;
}

function writeUuid(id: string, offset: number): number {
  return offset + bytes.write(id.replaceAll("-", ""), offset, uuidBytes, "hex");
}
