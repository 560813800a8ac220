import { cpus } from "node:os";
import { phases } from "../src/engine/observer.js";
import { type Scrape, scrape, sumOf } from "../test/support/metrics.js";
import type { Service } from "../test/support/service.js";
import type { Cost } from "./load/answer.js";
import { type CpuSeconds, cpuSecondsOf } from "./processes.js";
import type { Bench } from "./report/scenario.js";

/** What a server and its machine did while a load was on, before and after the measured time included. */
export interface Profile {
  readonly seconds: number;
  readonly calls: number;
  /** Cores of the machine that were busy, on average, whoever used them. */
  readonly busyCores: number;
  readonly cores: number;
  /** Processor time for each call, in microseconds, by who used it; the rest is of whatever else ran. */
  readonly cpuMicros: Readonly<Record<"server" | "postgres" | "load" | "rest", number>>;
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

/** What a load says of itself. */
export interface Load extends Cost {
  /** Calls that succeeded; movements, where a call has many. */
  readonly succeeded: number;
}

/** What the counters of the machine and of the server say at one moment. */
interface Mark {
  readonly atMs: number;
  readonly cpu: CpuSeconds;
  readonly metrics: Scrape;
}

/** Watches a server and the machine while a load is on. */
export async function profiled<Result extends Load>(
  { databases }: Bench,
  server: Service,
  load: () => Promise<Result>,
): Promise<Result & { readonly profile: Profile }> {
  const mark = async (): Promise<Mark> => ({
    metrics: await scrape(server.metricsPort),
    cpu: await cpuSecondsOf({ server: server.pid, postgres: databases.pid }),
    atMs: performance.now(),
  });
  const before = await mark();
  const result = await load();
  return { ...result, profile: profileBetween(before, await mark(), result) };
}

function profileBetween(before: Mark, after: Mark, { succeeded: calls, cpuSeconds: load }: Load): Profile {
  const grown = (name: string, labels?: Record<string, string>): number =>
    sumOf(after.metrics, name, labels) - sumOf(before.metrics, name, labels);
  const used = (who: keyof CpuSeconds): number => after.cpu[who] - before.cpu[who];
  const microsEach = (time: number): number => (time * 1_000_000) / Math.max(1, calls);
  const seconds = (after.atMs - before.atMs) / 1_000;
  const [server, postgres, all] = [used("server"), used("postgres"), used("all")];
  return {
    seconds,
    calls,
    busyCores: all / seconds,
    cores: cpus().length,
    cpuMicros: {
      server: microsEach(server),
      postgres: microsEach(postgres),
      load: microsEach(load),
      rest: microsEach(Math.max(0, all - server - postgres - load)),
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
    waitMs: (grown("wallet_poster_queue_wait_seconds_sum") / Math.max(1, waited)) * 1_000,
    phaseMs: Object.fromEntries(phaseMs),
  };
}
