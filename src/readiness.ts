import { clockOffset } from "./db/clock.js";
import type { Database } from "./db/database.js";
import { pendingMigrations } from "./db/schema.js";
import { clocksDifferMaxMicros } from "./db/transaction-ids.js";

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
