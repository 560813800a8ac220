import type { TransactionType } from "./transaction.js";

/** The lengths of time that a summary can be cut into. Each begins on its boundary in UTC; a week on Monday. */
export const bucketLengths = ["MINUTE", "HOUR", "DAY", "WEEK", "MONTH"] as const;
export type BucketLength = (typeof bucketLengths)[number];

/** What the transactions of one type come to. */
export interface TypeTotal {
  readonly type: TransactionType;
  /** The sum of the amounts of those POSTED, in smallest units. */
  readonly amount: bigint;
  readonly postedCount: bigint;
  readonly refusedCount: bigint;
}

/** What happened to an asset in some time. */
export interface Flow {
  /** Top-ups net of their reversals. */
  readonly deposits: bigint;
  /** Withdrawals net of their refunds and reversals. */
  readonly withdrawals: bigint;
  readonly types: readonly TypeTotal[];
}

const minuteMicros = 60_000_000n;
const dayMicros = 1_440n * minuteMicros;

/** The length of a bucket in microseconds, and how far after the beginning of 1970 one of them begins. */
const steady: Record<Exclude<BucketLength, "MONTH">, { length: bigint; offset: bigint }> = {
  MINUTE: { length: minuteMicros, offset: 0n },
  HOUR: { length: 60n * minuteMicros, offset: 0n },
  DAY: { length: dayMicros, offset: 0n },
  // 1970 began on a Thursday.
  WEEK: { length: 7n * dayMicros, offset: 4n * dayMicros },
};

/**
 * The start of a bucket, in microseconds since 1970.
 *
 * @param later 0 for the one that a time is in, 1 for the one behind it, negative for those before.
 */
export function bucketStart(length: BucketLength, time: bigint, later = 0): bigint {
  if (length === "MONTH") return monthStart(time, later);
  const { length: micros, offset } = steady[length];
  const since = time - offset;
  const within = ((since % micros) + micros) % micros; // Before 1970 the remainder is negative.
  return time - within + BigInt(later) * micros;
}

function monthStart(time: bigint, later: number): bigint {
  const date = new Date(Number(bucketStart("DAY", time) / 1_000n));
  // Unlike Date.UTC, this takes the years 1 to 99 for what they are.
  const start = new Date(0);
  start.setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth() + later, 1);
  return BigInt(start.getTime()) * 1_000n;
}

/**
 * The starts of the buckets that cover a span, oldest first.
 *
 * @param countMax how many there may be.
 * @returns null when there are more.
 */
export function bucketStarts(
  length: BucketLength,
  { start, end }: { start: bigint; end: bigint },
  countMax: number,
): bigint[] | null {
  const starts: bigint[] = [];
  for (let next = bucketStart(length, start); next < end; next = bucketStart(length, next, 1)) {
    if (starts.length === countMax) return null;
    starts.push(next);
  }
  return starts;
}
