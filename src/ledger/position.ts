import type { Wallet } from "./wallet.js";

/** How many transactions have a place within one microsecond; a batch writes no more. */
const placesPerMicrosecond = 1_000n;

/**
 * The time of a batch, in microseconds since 1970: the clock, but later than the last posting of every wallet that the
 * batch has locked. Batches that meet in a wallet therefore have times in the order of its versions, even when the
 * database's clock was set back.
 *
 * @param clock the database's clock, read after the locks were taken.
 */
export function batchTimeOf(clock: bigint, locked: readonly Pick<Wallet, "lastPostTime">[]): bigint {
  return locked.reduce(
    (time, { lastPostTime }) => (lastPostTime !== null && lastPostTime >= time ? lastPostTime + 1n : time),
    clock,
  );
}

/**
 * Where a transaction stands among all transactions, posted and refused. Positions of different batches may be equal
 * when no wallet is in both; then the ids decide.
 *
 * @param ordinal which of its batch's transactions it is, from 0.
 */
export function positionOf(batchTime: bigint, ordinal: number): bigint {
  return batchTime * placesPerMicrosecond + BigInt(ordinal);
}

/** The time of the batch that made a position, in microseconds since 1970. */
export function timeOfPosition(position: bigint): bigint {
  return position / placesPerMicrosecond;
}

/** The lowest position of a moment, in microseconds since 1970. */
export function positionAt(time: bigint): bigint {
  return positionOf(time, 0);
}
