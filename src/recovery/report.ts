/** One thing that an export and a rebuilt ledger were compared in. */
export interface Comparison {
  readonly what: string;
  readonly exported: string;
  readonly rebuilt: string;
  readonly equal: boolean;
}

const digestShown = 16;

/** The comparisons as a table for people: figures grouped, checksums cut to what the eye can compare. */
export function printComparisons(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ what, exported, rebuilt, equal }) => [
    nameOf(what),
    cell(exported),
    cell(rebuilt),
    equal ? "equal" : "DIFFERENT",
  ]);
  const table = [["", "export", "rebuilt", ""], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map(([what = "", exported = "", rebuilt = "", verdict = ""]) =>
      [
        what.padEnd(widths[0] ?? 0),
        exported.padStart(widths[1] ?? 0),
        rebuilt.padStart(widths[2] ?? 0),
        verdict,
      ]
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A table's name as words. */
function nameOf(what: string): string {
  return what.replaceAll("_", " ");
}

function cell(text: string): string {
  if (/^\d{1,20}$/.test(text)) return BigInt(text).toLocaleString("en-US");
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, digestShown)}…` : text;
}
