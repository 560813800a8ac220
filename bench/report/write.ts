import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { barPlot, barsOf } from "./bars.js";
import type { Entry } from "./entry.js";
import { linePlot } from "./lines.js";
import { measuresSame } from "./machine.js";
import { markdownOf } from "./markdown.js";
import { merged, type Report } from "./report.js";

const results = "bench/results";
const document = "docs/performance.md";
const [begin, end] = ["<!-- results: written by npm run bench -->", "<!-- end of results -->"];

/**
 * Under which name a report is kept: `latest` only for one of all scenarios at full length, or for a part of them that
 * was measured with what the rest of the latest was measured with.
 */
export type ReportName = "latest" | "partial" | "quick";

/** What there is to write. */
export interface Run {
  readonly name: ReportName;
  readonly report: Report;
  readonly entries: readonly Entry[];
}

/**
 * A part of the scenarios begins the latest report where there is none, and goes into it when nothing that is measured
 * has changed since; else it would be a report of two versions, and is kept beside it.
 */
export function asPartOfLatest(part: Report): Pick<Run, "name" | "report"> {
  const latest = readLatest();
  if (latest === null) return { name: "latest", report: part };
  const fits = measuresSame(latest.commit) && sameMachine(latest, part);
  return fits ? { name: "latest", report: merged(latest, part) } : { name: "partial", report: part };
}

/** The latest report; null before the first. */
export function readLatest(): Report | null {
  try {
    return JSON.parse(readFileSync(`${results}/latest.json`, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Writes the report, its table, its plots and what was measured; the latest goes into the document as well. */
export function writeRun({ name, report, entries }: Run): void {
  const folder = `${results}/${name}`;
  mkdirSync(folder, { recursive: true });
  for (const { id, raw, plot } of entries) {
    writeFileSync(`${folder}/${id}.json`, json({ commit: report.commit, id, raw }));
    if (plot !== undefined) writeFileSync(`${folder}/${id}.svg`, linePlot(plot));
  }
  writeFileSync(`${folder}/ratios.svg`, barPlot(barsOf(report.scenarios)));
  writeFileSync(`${results}/${name}.json`, json(report));
  writeFileSync(`${results}/${name}.md`, `# Benchmark\n\n${markdownOf(report, name)}\n`);
  if (name === "latest") writeFileSync(document, withResults(readFileSync(document, "utf8"), report));
}

/** The document with this report between its marks. */
export function withResults(text: string, report: Report): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${document} has no place for the results`);
  return `${text.slice(0, from)}${begin}\n\n${markdownOf(report, "../bench/results/latest")}\n\n${text.slice(to)}`;
}

function sameMachine(one: Report, other: Report): boolean {
  return JSON.stringify(one.machine) === JSON.stringify(other.machine);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
