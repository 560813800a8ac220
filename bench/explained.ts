import type { BatchProfile, Profile } from "./profile.js";

/** From this share of all cores on, the processors are what is short. */
const exhaustedFrom = 0.9;

/** What stands in the way of a higher ratio, by what was measured: the middle round of both, in words. */
export function explainRatio(service: Profile, baseline: Profile): string {
  return [
    busyness(service),
    `A call cost ${costs(service)}; with the baseline ${costs(baseline, [])}.`,
    `By processor time alone, the load generator's left out, that is a ratio of ${withoutLoad(service, baseline)}.`,
    ...(service.batches === null ? [] : [batchesIn(service.batches)]),
    ...(baseline.batches === null ? [] : [`With the baseline: ${batchesIn(baseline.batches)}`]),
  ].join(" ");
}

/** Where the time of a batch went: `claim 1.20, lock 0.80 … ms`. */
export function phasesOf({ phaseMs }: BatchProfile, digits = 1): string {
  const phases = Object.entries(phaseMs).map(([phase, ms]) => `${phase} ${ms.toFixed(digits)}`);
  return `${phases.join(", ")} ms`;
}

/** Whether the processors were what was short while this was measured, in a sentence. */
export function busyness({ busyCores, cores }: Profile): string {
  const busy = `${busyCores.toFixed(2)} of ${cores} cores were busy`;
  if (busyCores >= exhaustedFrom * cores)
    return `The processors are what is short: ${busy}, the load generator's among them.`;
  return `The processors are not all that is short: ${busy}.`;
}

const places = [
  " µs of processor time in Node.js",
  " in PostgreSQL",
  " in the load generator",
  " in the rest of the machine",
];

/** The processor time of one call: `120 µs of processor time in Node.js, 80 in PostgreSQL …`, or the figures alone. */
export function costs({ cpuMicros }: Profile, where: readonly string[] = places): string {
  const { server, postgres, load, rest } = cpuMicros;
  const each = [server, postgres, load, rest];
  return each.map((micros, part) => `${micros.toFixed(0)}${where[part] ?? ""}`).join(", ");
}

function withoutLoad(service: Profile, baseline: Profile): string {
  const own = ({ cpuMicros }: Profile): number => cpuMicros.server + cpuMicros.postgres + cpuMicros.rest;
  return (own(baseline) / own(service)).toFixed(2);
}

/** How large the batches were, and where their time went, in a sentence. */
export function batchesIn(batches: BatchProfile): string {
  const totalMs = Object.values(batches.phaseMs).reduce((sum, ms) => sum + ms, 0);
  return `A batch had ${batches.size.toFixed(0)} movements, which had waited ${batches.waitMs.toFixed(1)} ms for it, and took ${totalMs.toFixed(1)} ms: ${phasesOf(batches)}.`;
}
