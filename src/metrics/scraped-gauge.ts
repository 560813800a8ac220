import { Gauge, type Registry } from "prom-client";

/** What a gauge is called, and by which labels its values differ. */
export interface GaugeDefinition<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
}

/** A gauge that is read when it is asked for: what it shows changes too often to be told of each change. */
export class ScrapedGauge<Label extends string> {
  readonly #gauge: Gauge<Label>;
  readonly #readings: (() => void)[] = [];

  constructor(registry: Registry, definition: GaugeDefinition<Label>) {
    this.#gauge = new Gauge({
      ...definition,
      registers: [registry],
      collect: () => {
        for (const read of this.#readings) read();
      },
    });
  }

  /** Shows from now on, under these labels, what `read` says. It must be quick. */
  watch(labels: Record<Label, string>, read: () => number): void {
    this.#readings.push(() => this.#gauge.set(labels, read()));
  }
}
