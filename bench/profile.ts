import { cpus } from "node:os";
import { phases } from "../src/engine/observer.js";
import { type Scrape, scrape, sumOf } from "../test/support/metrics.js";

/** What a server and its machine did while a load was on. */
export interface Profile {
  readonly seconds: number;
  readonly calls: number;
  /** Cores of the machine that were busy, on average, whoever used them. */
  readonly busyCores: number;
  readonly cores: number;
  /** Processor time for each call, in microseconds. What is neither service nor load is PostgreSQL, and what else ran. */
  readonly cpuMicros: { readonly service: number; readonly load: number; readonly rest: number };
  /** Null for a server that makes no batches. */
  readonly batches: BatchProfile | null;
}

/** The batches of a load, on average. */
export interface BatchProfile {
  readonly perSecond: number;
  /** Movements in a batch. */
  readonly size: number;
  /** How long a movement waited until a batch took it, in milliseconds. */
  readonly waitMs: number;
  /** How long each phase took, in milliseconds. */
  readonly phaseMs: Readonly<Record<string, number>>;
}

/** What the counters of the machine and of the server say at one moment. */
export interface Mark {
  readonly atMs: number;
  readonly busySeconds: number;
  readonly metrics: Scrape;
}

export async function markOf(metricsPort: number): Promise<Mark> {
  const metrics = await scrape(metricsPort);
  const busyMs = cpus().reduce(
    (sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq,
    0,
  );
  return { atMs: performance.now(), busySeconds: busyMs / 1_000, metrics };
}

/** What lies between two marks. */
export function profileBetween(
  before: Mark,
  after: Mark,
  { calls, loadSeconds }: { calls: number; loadSeconds: number },
): Profile {
  const grown = (name: string, labels?: Record<string, string>): number =>
    sumOf(after.metrics, name, labels) - sumOf(before.metrics, name, labels);
  const seconds = (after.atMs - before.atMs) / 1_000;
  const busySeconds = after.busySeconds - before.busySeconds;
  const serviceSeconds = grown("process_cpu_seconds_total");
  const microsEach = (time: number): number => (time * 1_000_000) / calls;
  return {
    seconds,
    calls,
    busyCores: busySeconds / seconds,
    cores: cpus().length,
    cpuMicros: {
      service: microsEach(serviceSeconds),
      load: microsEach(loadSeconds),
      rest: microsEach(Math.max(0, busySeconds - serviceSeconds - loadSeconds)),
    },
    batches: batchesOf(grown, seconds),
  };
}

function batchesOf(
  grown: (name: string, labels?: Record<string, string>) => number,
  seconds: number,
): BatchProfile | null {
  const count = grown("wallet_poster_batch_size_count");
  if (count === 0) return null;
  const phaseMs = phases.map((phase) => [
    phase,
    (grown("wallet_poster_phase_seconds_sum", { phase }) / count) * 1_000,
  ]);
  const waited = grown("wallet_poster_queue_wait_seconds_count");
  return {
    perSecond: count / seconds,
    size: grown("wallet_poster_batch_size_sum") / count,
    waitMs: (grown("wallet_poster_queue_wait_seconds_sum") / waited) * 1_000,
    phaseMs: Object.fromEntries(phaseMs),
  };
}
