import { busyness, phasesOf } from "../explained.js";
import { middleOf, spreadOf } from "../figures.js";
import type { Entry, LinePlot } from "../report/entry.js";
import type { Offered } from "./offer.js";
import { type Share, type Sweep, shares, spreadAt, worstShare } from "./sweep.js";

const p99MsBelow = 50;
const goodputAtLeast = 0.9;
const refusedMsBelow = 50;

const upTo = shares.filter((share) => share <= 0.8);
const beyond = shares.filter((share) => share > 1);

/** How long answers take as long as there is room: the load up to 80 % at which they take longest. */
export function upToPeakEntry(sweeps: readonly Sweep[]): Entry {
  const p99Of = ({ goodMs }: Offered) => goodMs.p99;
  const worst = worstShare(sweeps, upTo, p99Of);
  const p99 = spreadAt(sweeps, worst, p99Of);
  const refused = Math.max(...upTo.map((share) => spreadAt(sweeps, share, refusedOf).max));
  const reached = p99.median < p99MsBelow && refused === 0;
  return {
    id: "i",
    name: `open-loop load up to 80 % of the peak: highest p99, at ${percent(worst)}`,
    figure: { ...p99, unit: "ms" },
    baseline: null,
    ratio: null,
    target: `p99 under ${p99MsBelow} ms, and nothing refused`,
    reached,
    explained: reached ? null : `${refusedText(refused)}${explained(sweeps, worst)}`,
    raw: sweeps,
    plot: latencyPlot(sweeps),
  };
}

/** What a service does of which more is asked than it can: the load at which least is left of the peak. */
export function beyondPeakEntry(sweeps: readonly Sweep[]): Entry {
  const worst = worstShare(sweeps, beyond, ({ goodPerSecond }, peak) => -goodPerSecond / peak);
  const ratio = spreadAt(sweeps, worst, ({ goodPerSecond }, peak) => goodPerSecond / peak);
  const refusedMs = spreadAt(sweeps, worst, ({ shedMs }) => shedMs.p99);
  const unsent = Math.max(...beyond.map((share) => spreadAt(sweeps, share, (offered) => offered.unsent).max));
  const reached = ratio.median >= goodputAtLeast && refusedMs.median < refusedMsBelow && unsent === 0;
  return {
    id: "i2",
    name: `open-loop load beyond the peak: lowest goodput, at ${percent(worst)}`,
    figure: { ...spreadAt(sweeps, worst, ({ goodPerSecond }) => goodPerSecond), unit: "per second" },
    baseline: {
      ...spreadOf(sweeps.map(({ peak }) => peak)),
      unit: "per second",
      label: "the peak: the same calls with 256 in flight",
    },
    ratio,
    target: `at least ${goodputAtLeast} of the peak, the rest refused with OVERLOADED, p99 under ${refusedMsBelow} ms`,
    goal: { atLeast: goodputAtLeast },
    reached,
    explained: reached
      ? null
      : `Refusals took ${refusedMs.median.toFixed(0)} ms (p99). ${explained(sweeps, worst)}`,
    raw: sweeps,
    plot: goodputPlot(sweeps),
  };
}

/** By what was measured in the middle sweep at that load. */
function explained(sweeps: readonly Sweep[], share: Share): string {
  const { steps } = middleOf(sweeps, ({ peak }) => peak);
  const offered = steps.find((step) => step.share === share)?.offered;
  if (offered === undefined) return "";
  const { profile, lateMs, cpuSeconds } = offered;
  const { batches, seconds } = profile;
  return [
    `At ${percent(share)}: ${busyness(profile)}`,
    `The generator of the load took ${(cpuSeconds / seconds).toFixed(2)} of them, and lacked the processor itself: it sent up to ${lateMs.p99.toFixed(0)} ms (p99) later than planned, which counts as latency.`,
    batches === null
      ? ""
      : `A batch had ${batches.size.toFixed(0)} movements, which had waited ${batches.waitMs.toFixed(1)} ms for it (${phasesOf(batches)}).`,
  ].join(" ");
}

function latencyPlot(sweeps: readonly Sweep[]): LinePlot {
  return {
    title: "Open loop: how long answers took",
    x: "offered, in percent of the peak",
    y: "p99, in milliseconds from the planned arrival",
    lines: [
      line("done", sweeps, shares, ({ goodMs }) => goodMs.p99),
      line("refused", sweeps, beyond, ({ shedMs }) => shedMs.p99),
    ],
  };
}

function goodputPlot(sweeps: readonly Sweep[]): LinePlot {
  const perPeak = (perSecond: number, peak: number) => (perSecond / peak) * 100;
  return {
    title: "Open loop: what was done and what was refused",
    x: "offered, in percent of the peak",
    y: "in percent of the peak",
    lines: [
      line("done", sweeps, shares, ({ goodPerSecond }, peak) => perPeak(goodPerSecond, peak)),
      line("refused with OVERLOADED", sweeps, shares, ({ shedPerSecond }, peak) =>
        perPeak(shedPerSecond, peak),
      ),
    ],
  };
}

function line(
  label: string,
  sweeps: readonly Sweep[],
  at: readonly Share[],
  figureOf: (offered: Offered, peak: number) => number,
): LinePlot["lines"][number] {
  const points = at.map((share) => [share * 100, spreadAt(sweeps, share, figureOf).median] as const);
  return { label, points };
}

const refusedOf = ({ shedPerSecond, unsent }: Offered): number => shedPerSecond + unsent;

function refusedText(perSecond: number): string {
  return perSecond === 0 ? "" : `Up to ${Math.round(perSecond)} calls a second were refused. `;
}

function percent(share: Share): string {
  return `${Math.round(share * 100)} %`;
}
