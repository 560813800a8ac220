import { type MemorySample, spreadAcross, trendOf, watchMemory } from "../memory.js";
import type { Entry } from "../report/entry.js";
import type { Bench, Scenario } from "../report/scenario.js";
import { measure, prove, startSubject, type Turn } from "../subject.js";

const mbBelow = 300;
const transfers = { thorough: 1_000_000, quick: 3_000 };
const sampledEveryMs = 500;
const turnMs = 5_000;

/** A service that runs for months must not hold more after a million calls than after the first thousands. */
export const scenario: Scenario = {
  id: "j",
  name: "memory of the service under uniform Transfer, 256 in flight",
  async run(bench) {
    const wanted = bench.effort.quick ? transfers.quick : transfers.thorough;
    bench.say(`${scenario.name}, ${wanted.toLocaleString("en-US")} transfers`);
    return [entryOf(await samplesOf(bench, wanted))];
  },
};

async function samplesOf(bench: Bench, wanted: number): Promise<MemorySample[]> {
  const { quick, measuredMs } = bench.effort;
  const subject = await startSubject(bench, { database: "j_service" });
  const turn: Turn = {
    ...{ traffic: "uniform", inFlight: 256, warmUpMs: 0 },
    measuredMs: quick ? measuredMs : turnMs,
  };
  const memory = watchMemory(subject, sampledEveryMs);
  bench.undo(memory.stop);
  let told = 0;
  while (subject.succeeded < wanted) {
    await measure(bench, subject, turn);
    if (subject.succeeded < Math.min(told + wanted / 10, wanted)) continue;
    told = subject.succeeded;
    bench.say(`${told.toLocaleString("en-US")} transfers`);
  }
  const samples = await memory.stop();
  await prove(bench, subject);
  bench.say("every oracle holds, and the ledger holds every success that was seen, once");
  return samples;
}

function entryOf(samples: readonly MemorySample[]): Entry {
  const resident = spreadAcross(samples, "residentMb");
  const lastHalf = samples.slice(Math.floor(samples.length / 2));
  const { riseMb, noiseMb } = trendOf(lastHalf);
  const reached = resident.max < mbBelow && riseMb <= noiseMb;
  return {
    id: "j",
    name: scenario.name,
    figure: { ...resident, unit: "MB resident" },
    baseline: null,
    ratio: null,
    target: `never ${mbBelow} MB, and no more in the end than in the middle`,
    reached,
    explained: reached ? null : explained(samples, { riseMb, noiseMb }),
    raw: { samples, lastHalf: { riseMb, noiseMb } },
    plot: {
      title: "Memory of the service",
      x: "transfers",
      y: "MB",
      lines: [
        line("resident", samples, "residentMb"),
        line("heap", samples, "heapMb"),
        line("heap in use", samples, "heapUsedMb"),
        line("buffers", samples, "externalMb"),
      ],
    },
  };
}

function explained(samples: readonly MemorySample[], trend: ReturnType<typeof trendOf>): string {
  const most = samples.reduce((a, b) => (b.residentMb > a.residentMb ? b : a));
  const rest = most.residentMb - most.heapMb - most.externalMb;
  return [
    `Of the most that was resident, ${most.residentMb.toFixed(0)} MB, ${most.heapMb.toFixed(0)} MB were the heap (${most.heapUsedMb.toFixed(0)} MB in use), ${most.externalMb.toFixed(0)} MB buffers, and ${rest.toFixed(0)} MB the program, its compiled code and what the allocator keeps.`,
    `Over the last half it rose by ${trend.riseMb.toFixed(1)} MB; samples lie up to ${trend.noiseMb.toFixed(1)} MB off the line.`,
  ].join(" ");
}

function line(label: string, samples: readonly MemorySample[], part: keyof MemorySample) {
  return { label, points: samples.map((sample) => [sample.movements, sample[part]] as const) };
}
