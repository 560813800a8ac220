import { type Phase, phases } from "../src/engine/observer.js";
import { type Scrape, scrape, sumOf } from "../test/support/metrics.js";
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
  readonly #before: Scrape;

  private constructor(service: Service, cores: CoresBusy, before: Scrape) {
    this.#service = service;
    this.#cores = cores;
    this.#before = before;
  }

  /** @param url a database of the PostgreSQL that the service works on. */
  static async begin(service: Service, url: string): Promise<Profiling> {
    const before = await scrape(service.metricsPort);
    return new Profiling(service, await CoresBusy.begin(service.pid, url), before);
  }

  async take(): Promise<Profile> {
    const cores = await this.#cores.take();
    const after = await scrape(this.#service.metricsPort);
    const grown = (name: string, labels?: Record<string, string>) =>
      sumOf(after, name, labels) - sumOf(this.#before, name, labels);
    const batches = grown("wallet_poster_batch_size_count");
    const each = (figure: number) => figure / Math.max(1, batches);
    const phaseMs = Object.fromEntries(
      phases.map((phase) => [phase, 1_000 * each(grown("wallet_poster_phase_seconds_sum", { phase }))]),
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
