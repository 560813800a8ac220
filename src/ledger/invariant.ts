import type { Posting } from "./transaction.js";

/** Throws unless the postings sum to zero for every asset. A failure here is a bug in a planner, not a refusal. */
export function assertBalanced(postings: readonly Posting[]): void {
  const sums = new Map<string, bigint>();
  for (const { asset, amount } of postings) sums.set(asset, (sums.get(asset) ?? 0n) + amount);
  for (const [asset, sum] of sums) {
    if (sum !== 0n) throw new Error(`the planned postings leave ${sum} units of ${asset}`);
  }
}
