import { clockOffset } from "./db/clock.js";
import type { Database } from "./db/database.js";
import { pendingMigrations } from "./db/schema.js";
import { clocksDifferMaxMicros } from "./db/transaction-ids.js";

/** For how long an answer is good: anybody may ask, and each check costs connections that callers need. */
const keptMs = 1_000;

/** Says what keeps the service from serving, one sentence each; empty when it is ready. */
export async function readinessProblems({ reader }: Database): Promise<string[]> {
  try {
    const pending = await pendingMigrations(reader);
    const problems = pending.map((name) => `the database lacks migration ${name}`);
    const offset = await clockOffset(reader, () => BigInt(Date.now()) * 1_000n);
    return offset > clocksDifferMaxMicros ? [...problems, clocksDiffer(offset)] : problems;
  } catch {
    return ["the database cannot be reached"];
  }
}

function clocksDiffer(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n);
  return `the clocks of the service and of its database differ by ${seconds} s, at most 10 s are allowed; set them by NTP`;
}

/**
 * Makes one check at a time, and keeps its answer for a second, however many ask. A check that fails is not kept.
 *
 * @param now a clock in milliseconds that never goes back.
 */
export function keptReadiness(
  check: () => Promise<string[]>,
  now: () => number = () => performance.now(),
): () => Promise<string[]> {
  let kept: Promise<string[]> | null = null;
  let untilMs = Number.POSITIVE_INFINITY;
  return () => {
    if (kept !== null && now() < untilMs) return kept;
    untilMs = Number.POSITIVE_INFINITY;
    const checking = check();
    kept = checking;
    checking.then(
      () => {
        untilMs = now() + keptMs;
      },
      () => {
        kept = null;
      },
    );
    return checking;
  };
}
