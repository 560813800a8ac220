import { readFileSync } from "node:fs";
import { codeSpans, rowsOf, sectionOf } from "./markdown.js";

/** One line of `/metrics`. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What `/metrics` says at one moment. */
export interface Scrape {
  /** The type of every metric, by name. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
}

/** Asks for the metrics of an app, as Prometheus does. */
export async function scrape(metricsPort: number): Promise<Scrape> {
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  return parse(await response.text());
}

/** The sum of the samples of that name whose labels are at least these; 0 when there is none. */
export function sumOf({ samples }: Scrape, name: string, labels: Record<string, string> = {}): number {
  const wanted = Object.entries(labels);
  return samples
    .filter((sample) => sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

/** A metric as docs/operations.md has it. */
export interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  /** Sorted. */
  readonly labels: readonly string[];
}

export function documentedMetrics(): DocumentedMetric[] {
  const rows = rowsOf(sectionOf(readFileSync("docs/operations.md", "utf8"), "## Metrics"));
  return rows.map(([name, type = "", labels]) => ({
    name: codeSpans(name)[0] ?? "",
    type,
    labels: codeSpans(labels).sort(),
  }));
}

function parse(text: string): Scrape {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const [, declared, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (declared !== undefined && type !== undefined) types.set(declared, type);
    const [, name, labels = "", value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name !== undefined) samples.push({ name, labels: labelsOf(labels), value: Number(value) });
  }
  return { types, samples };
}

function labelsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([a-z_]+)="((?:\\.|[^"\\])*)"/g)];
  return Object.fromEntries(pairs.map(([, key = "", value = ""]) => [key, value]));
}
