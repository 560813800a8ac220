import { hash } from "node:crypto";
import type { Posting } from "./transaction.js";

const fixedBytes = 2 * 16 + 7 * 8;

/**
 * The hash of a posting: sha256 over the hash of the wallet's posting before it and this one's canonical bytes
 * (wallet id, number, transaction id, amount, balance, held and available after, version, post time, asset; integers
 * big-endian). All of it: whatever of a posting were left out could be changed later without a trace.
 *
 * The wallet's row lock already puts its postings in one order, so the chain needs no lock of its own.
 */
export function postingHash(previous: Buffer, posting: Omit<Posting, "hash">): Buffer {
  const asset = Buffer.from(posting.asset, "utf8");
  const bytes = Buffer.alloc(previous.length + fixedBytes + asset.length);
  let offset = previous.copy(bytes, 0);
  offset += bytes.write(posting.walletId.replaceAll("-", ""), offset, "hex");
  offset = bytes.writeBigInt64BE(posting.postingSeq, offset);
  offset += bytes.write(posting.transactionId.replaceAll("-", ""), offset, "hex");
  offset = bytes.writeBigInt64BE(posting.amount, offset);
  offset = bytes.writeBigInt64BE(posting.balanceAfter, offset);
  offset = bytes.writeBigInt64BE(posting.heldAfter, offset);
  offset = bytes.writeBigInt64BE(posting.availableAfter, offset);
  offset = bytes.writeBigInt64BE(posting.version, offset);
  offset = bytes.writeBigInt64BE(posting.postTime, offset);
  asset.copy(bytes, offset);
  return hash("sha256", bytes, "buffer");
}
