import { printed, type Spread } from "../figures.js";
import type { Figure } from "./entry.js";
import { machineLine } from "./machine.js";
import type { Report, ReportedEntry } from "./report.js";

/**
 * The table, what stands in the way, and the plots.
 *
 * @param plots where the plots are, as seen from the document: `../bench/results/latest`.
 */
export function markdownOf(report: Report, plots: string): string {
  const { commit, machine, effort, scenarios } = report;
  const { rounds, measuredMs } = effort;
  const measured = `${rounds} ${rounds === 1 ? "round" : "rounds"} of ${measuredMs / 1_000} s each`;
  return [
    `Commit ${commit}, on ${machineLine(machine)}. Median (lowest to highest) of ${measured}, in turns with the baseline.`,
    tableOf(scenarios),
    ...scenarios.flatMap(explanation),
    `![How far each ratio is of its target](${plots}/ratios.svg)`,
    ...scenarios.flatMap(({ id, plot }) => (plot === null ? [] : [`![${plot}](${plots}/${id}.svg)`])),
  ].join("\n\n");
}

function tableOf(entries: readonly ReportedEntry[]): string {
  const header = ["", "scenario", "figure", "baseline", "ratio", "to reach", ""];
  const rows = entries.map((entry) => [
    entry.id,
    entry.name,
    figureText(entry.figure),
    entry.baseline === null ? "–" : `${figureText(entry.baseline)}: ${entry.baseline.label}`,
    entry.ratio === null ? "–" : printed(entry.ratio, digitsFor(entry.ratio)),
    entry.target,
    entry.reached ? "reached" : "**not reached**",
  ]);
  return [header, header.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map(cell).join(" | ")} |`)
    .join("\n");
}

function explanation({ id, explained }: ReportedEntry): string[] {
  return explained === null ? [] : [`**${id}, not reached:** ${explained}`];
}

/** `9,057 (8,800 to 9,400) per second` */
export function figureText(figure: Figure): string {
  return `${printed(figure, digitsFor(figure))} ${figure.unit}`;
}

/** Three digits that count, no more than two of them behind the point. */
export function digitsFor({ median }: Spread): number {
  if (Math.abs(median) >= 100) return 0;
  return Math.abs(median) >= 10 ? 1 : 2;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");
