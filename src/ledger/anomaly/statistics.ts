/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const deviationFactor = 1.4826;

/**
 * What the deviation of a wallet's amounts is taken to be while little is known of it, and how many amounts it takes to
 * outweigh that. A few amounts that happen to be alike would make any other one unusual.
 */
const usualDeviation = 0.6;
const usualWeight = 8;

/** However alike many amounts are: a fifth up or down is always usual. */
const deviationMin = Math.log(1.2);

const shareScale = 1_000_000;

/** No posting has more. */
const amountMax = 2n ** 63n - 1n;

/** The middle amount of some, the lower one of two; 0 of none. */
export function medianOf(amounts: readonly bigint[]): bigint {
  const sorted = [...amounts].sort((a, b) => (a < b ? -1 : Number(a > b)));
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0n;
}

/**
 * How unusual an amount is among others: its distance from their median in robust standard deviations, of logarithms,
 * since amounts are spread by factors. 0 when there are no others.
 */
export function robustZ(amount: bigint, others: readonly bigint[]): number {
  const median = medianOf(others);
  if (median === 0n) return 0;
  const deviations = others.map((other) => Math.abs(logRatio(other, median))).sort((a, b) => a - b);
  const middle = deviations[Math.floor((deviations.length - 1) / 2)] ?? 0;
  const own = middle * deviationFactor * others.length;
  const deviation = (own + usualDeviation * usualWeight) / (others.length + usualWeight);
  return logRatio(amount, median) / Math.max(deviation, deviationMin);
}

/** Whether a part is at least this share of a whole, exactly. */
export function isShare(part: bigint, whole: bigint, share: number): boolean {
  return part * BigInt(shareScale) >= whole * BigInt(Math.round(share * shareScale));
}

/** The least and the most that are at least this share of an amount, and of which it is at least this share, exactly. */
export function amountsAround(amount: bigint, share: number): readonly [least: bigint, most: bigint] {
  const [scale, part] = [BigInt(shareScale), BigInt(Math.round(share * shareScale))];
  return [(amount * part + scale - 1n) / scale, part === 0n ? amountMax : (amount * scale) / part];
}

/** The larger of two amounts. */
export function largerOf(one: bigint, other: bigint): bigint {
  if (one > other) return one;
  return other;
}

function logRatio(amount: bigint, other: bigint): number {
  return Math.log(Number(amount)) - Math.log(Number(other));
}
