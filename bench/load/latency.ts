/** How long calls took, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** @param times in any order. */
export function latencyOf(times: readonly number[]): Latency {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
