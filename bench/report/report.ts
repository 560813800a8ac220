import type { Entry } from "./entry.js";
import type { Machine } from "./machine.js";
import type { Effort } from "./scenario.js";

/** An entry as the report keeps it: its rounds and its lines are in files of their own. */
export interface ReportedEntry extends Omit<Entry, "raw" | "plot"> {
  /** What its own plot shows; null where it has none. */
  readonly plot: string | null;
}

/** What a run came to, as `bench/results/<name>.json` has it. */
export interface Report {
  /** What was measured; `with changes` behind it when that differs from the commit. */
  readonly commit: string;
  readonly machine: Machine;
  readonly effort: Effort;
  /** In the order of their ids. */
  readonly scenarios: readonly ReportedEntry[];
}

/** The report of these entries alone. */
export function reportOf(
  about: Pick<Report, "commit" | "machine" | "effort">,
  entries: readonly Entry[],
): Report {
  const scenarios = entries.map(({ raw: _, plot, ...entry }) => ({ ...entry, plot: plot?.title ?? null }));
  return { ...about, scenarios: byId(scenarios) };
}

/** The older report with the entries of the newer one in the place of its own. */
export function merged(older: Report, newer: Report): Report {
  const renewed = new Set(newer.scenarios.map(({ id }) => id));
  const kept = older.scenarios.filter(({ id }) => !renewed.has(id));
  return { ...older, scenarios: byId([...kept, ...newer.scenarios]) };
}

function byId(entries: readonly ReportedEntry[]): ReportedEntry[] {
  return [...entries].sort((a, b) => (a.id < b.id ? -1 : 1));
}
