import { printed, type Spread } from "../figures.js";
import type { Goal } from "./entry.js";
import { digitsFor } from "./markdown.js";
import type { ReportedEntry } from "./report.js";
import { line, svg, text, ticksTo, width } from "./svg.js";

/** One bar: how far a ratio is of its target; 1 is reached, and more is better. */
export interface Bar {
  readonly label: string;
  readonly value: string;
  readonly share: Spread;
  readonly reached: boolean;
}

const left = 24;
const right = width - 230;
const top = 64;
const rowHeight = 46;

/** The entries that have a ratio and say which one is wanted. */
export function barsOf(entries: readonly ReportedEntry[]): Bar[] {
  return entries.flatMap(({ id, name, ratio, goal, reached }) => {
    if (ratio === null || goal === undefined) return [];
    const value = `${printed(ratio, digitsFor(ratio))}; ${wanted(goal)}`;
    return [{ label: `${id}  ${name}`, value, share: shareOf(ratio, goal), reached }];
  });
}

/** All of them as shares of their targets, with the line that is to be reached. */
export function barPlot(bars: readonly Bar[]): string {
  const ticks = ticksTo(Math.max(1.2, ...bars.map(({ share }) => share.max)));
  const last = ticks.at(-1) ?? 1;
  const xOf = (share: number): number => left + ((right - left) * share) / last;
  const bottom = top + bars.length * rowHeight;
  return svg("How far each ratio is of its target", bottom + 34, [
    text("Ratio to the baseline, as a share of its target", { x: left, y: 26, as: "title" }),
    text("median, with the lowest and highest round; the dashed line is to be reached", {
      x: left,
      y: 45,
      as: "faint",
    }),
    ...ticks.map((tick) => line("grid", xOf(tick), top, xOf(tick), bottom)),
    ...bars.flatMap((bar, row) => rowOf(bar, top + row * rowHeight, xOf)),
    line("goal", xOf(1), top - 6, xOf(1), bottom + 4),
    // Above the line that is to be reached: a long name crosses it.
    ...bars.map(({ label }, row) => text(label, { x: left + 2, y: top + row * rowHeight + 16, as: "label" })),
    ...ticks.map((tick) =>
      text(`${Math.round(tick * 100)} %`, { x: xOf(tick), y: bottom + 20, anchor: "middle", as: "faint" }),
    ),
  ]);
}

function rowOf({ value, share, reached }: Bar, y: number, xOf: (share: number) => number): string[] {
  const middle = y + 30;
  const [low, high] = [xOf(share.min), xOf(share.max)];
  return [
    `<rect class="${reached ? "reached" : "missed"}" x="${left}" y="${y + 22}" width="${Math.round(xOf(share.median) - left)}" height="16" rx="2"/>`,
    line("whisker", low, middle, high, middle),
    line("whisker", low, middle - 4, low, middle + 4),
    line("whisker", high, middle - 4, high, middle + 4),
    text(value, { x: right + 16, y: middle + 4, as: "faint" }),
  ];
}

function shareOf({ median, min, max }: Spread, goal: Goal): Spread {
  if ("atLeast" in goal)
    return { median: median / goal.atLeast, min: min / goal.atLeast, max: max / goal.atLeast };
  // The less the better: the highest ratio is the furthest from the target.
  return { median: goal.atMost / median, min: goal.atMost / max, max: goal.atMost / min };
}

function wanted(goal: Goal): string {
  return "atLeast" in goal ? `at least ${rounded(goal.atLeast)}` : `at most ${rounded(goal.atMost)}`;
}

const rounded = (ratio: number): string => `${Math.round(ratio * 100) / 100}`;
