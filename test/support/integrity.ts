import { closeDatabase, openDatabase } from "../../src/db/database.js";
import type { IntegrityEvent, IntegrityVerdict } from "../../src/engine/integrity/check.js";
import { IntegrityChecks } from "../../src/engine/integrity/checks.js";
import { defaultIntegrityLimits, type IntegrityLimits } from "../../src/engine/integrity/limits.js";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import type { IntegrityFinding } from "../../src/ledger/integrity.js";
import { databaseOptions } from "./engine.js";

/** What a check said. */
export interface Checked {
  readonly events: readonly IntegrityEvent[];
  readonly findings: readonly IntegrityFinding[];
  readonly verdict: IntegrityVerdict;
}

/** Steps of so many rows, so that a small ledger takes several, with something said after each and no pauses. */
export function stepsOf(rows: number): Partial<IntegrityLimits> {
  return { share: 1, rowsFirst: rows, rowsMin: rows, rowsMax: rows, progressMs: 0 };
}

/** What is checked, and how. */
export interface CheckOptions {
  readonly asset?: string | null;
  /** Steps of 16 rows unless it is given. */
  readonly limits?: Partial<IntegrityLimits>;
  /** The keys that checkpoints may be signed with; any unless it is given. */
  readonly trustedKeyIds?: readonly string[];
}

/** Checks a ledger to the end. */
export async function checkLedger(
  url: string,
  { asset = null, limits = stepsOf(16), trustedKeyIds = [] }: CheckOptions = {},
): Promise<Checked> {
  const database = await openDatabase(databaseOptions(url));
  try {
    const all = { ...defaultIntegrityLimits, ...limits };
    const checks = new IntegrityChecks(database.reader, defaultEngineLimits, all, trustedKeyIds);
    const { signal } = new AbortController();
    const events: IntegrityEvent[] = [];
    for await (const event of checks.check({ asset, token: null }, signal)) events.push(event);
    return checkedOf(events);
  } finally {
    await closeDatabase(database);
  }
}

/** What the events of a check that came to its end say. */
export function checkedOf(events: readonly IntegrityEvent[]): Checked {
  const last = events.at(-1);
  if (last?.kind !== "verdict") throw new Error("the check ended without a verdict");
  const findings = events.flatMap((event) => (event.kind === "finding" ? [event.finding] : []));
  return { events, findings, verdict: last.verdict };
}
