import { type Phase, phases } from "../src/engine/observer.js";
import type { Service } from "../test/support/service.js";
import { type Cores, CoresBusy } from "./cores.js";

/** Where the time of a service went that posts movements. */
export interface Profile {
  /** Batches that it committed, and how many movements were in one on average. */
  readonly batches: number;
  readonly movementsEach: number;
  /** Milliseconds that a batch spent in each phase, on average. */
  readonly phaseMs: Readonly<Record<Phase, number>>;
  readonly cores: Cores;
}

/** Profiles what a service does until the profile is taken. */
export class Profiling {
  readonly #service: Service;
  readonly #cores: CoresBusy;
  readonly #before: ReadonlyMap<string, number>;

  private constructor(service: Service, cores: CoresBusy, before: ReadonlyMap<string, number>) {
    this.#service = service;
    this.#cores = cores;
    this.#before = before;
  }

  /** @param url a database of the PostgreSQL that the service works on. */
  static async begin(service: Service, url: string): Promise<Profiling> {
    const before = await metricsOf(service.metricsPort);
    return new Profiling(service, await CoresBusy.begin(service.pid, url), before);
  }

  async take(): Promise<Profile> {
    const cores = await this.#cores.take();
    const after = await metricsOf(this.#service.metricsPort);
    const grown = (name: string) => (after.get(name) ?? 0) - (this.#before.get(name) ?? 0);
    const batches = grown("wallet_poster_batch_size_count");
    const each = (figure: number) => figure / Math.max(1, batches);
    const phaseMs = Object.fromEntries(
      phases.map((phase) => [phase, 1_000 * each(grown(`wallet_poster_phase_seconds_sum/${phase}`))]),
    ) as Record<Phase, number>;
    return { batches, movementsEach: each(grown("wallet_poster_batch_size_sum")), phaseMs, cores };
  }
}

/** `a batch of 812 movements took 95 ms (connect 0.1, claim 20.3, …)` */
export function phasesInWords({ movementsEach, phaseMs }: Profile): string {
  const all = phases.reduce((sum, phase) => sum + phaseMs[phase], 0);
  const each = phases.map((phase) => `${phase} ${phaseMs[phase].toFixed(1)}`).join(", ");
  return `a batch of ${Math.round(movementsEach)} movements took ${all.toFixed(0)} ms (${each})`;
}

/** Sums of the metrics over all labels but the phase, which is in the name. */
async function metricsOf(port: number): Promise<Map<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const sums = new Map<string, number>();
  for (const [, name = "", labels = "", value] of text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
    const phase = /phase="(\w+)"/.exec(labels)?.[1];
    const key = phase === undefined ? name : `${name}/${phase}`;
    sums.set(key, (sums.get(key) ?? 0) + Number(value));
  }
  return sums;
}
