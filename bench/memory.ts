import { scrape, sumOf } from "../test/support/metrics.js";
import { type Spread, spreadOf } from "./figures.js";
import type { Subject } from "./subject.js";

/** What a process of the service held at one moment, in millions of bytes. */
export interface MemorySample {
  /** Movements that it had made by then. */
  readonly movements: number;
  readonly residentMb: number;
  readonly heapUsedMb: number;
  readonly heapMb: number;
  /** Buffers. */
  readonly externalMb: number;
}

/** Looks at the memory of a server again and again, at equal times, until it is stopped. */
export function watchMemory({ service }: Subject, everyMs: number): { stop(): Promise<MemorySample[]> } {
  const samples: Promise<MemorySample>[] = [];
  const timer = setInterval(() => samples.push(sampleOf(service.metricsPort)), everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      return Promise.all(samples);
    },
  };
}

async function sampleOf(metricsPort: number): Promise<MemorySample> {
  const metrics = await scrape(metricsPort);
  const mb = (name: string) => sumOf(metrics, name) / 1e6;
  return {
    movements: sumOf(metrics, "wallet_poster_batch_size_sum"),
    residentMb: mb("process_resident_memory_bytes"),
    heapUsedMb: mb("nodejs_heap_size_used_bytes"),
    heapMb: mb("nodejs_heap_size_total_bytes"),
    externalMb: mb("nodejs_external_memory_bytes"),
  };
}

/** A straight line through samples, by least squares. */
export interface Trend {
  /** How much more there is at the last sample than at the first, by the line. */
  readonly riseMb: number;
  /** How far samples lie from the line: two standard deviations. */
  readonly noiseMb: number;
}

/** The trend of the resident set over the movements. */
export function trendOf(samples: readonly MemorySample[]): Trend {
  const meanOf = (figures: readonly number[]) =>
    figures.reduce((sum, figure) => sum + figure, 0) / Math.max(1, figures.length);
  const x = samples.map(({ movements }) => movements);
  const y = samples.map(({ residentMb }) => residentMb);
  const [meanX, meanY] = [meanOf(x), meanOf(y)];
  const spread = x.reduce((sum, at) => sum + (at - meanX) ** 2, 0);
  const slope =
    spread === 0
      ? 0
      : x.reduce((sum, at, index) => sum + (at - meanX) * ((y[index] ?? 0) - meanY), 0) / spread;
  const offLine = x.map((at, index) => ((y[index] ?? 0) - meanY - slope * (at - meanX)) ** 2);
  return {
    riseMb: slope * (Math.max(...x) - Math.min(...x)),
    noiseMb: 2 * Math.sqrt(meanOf(offLine)),
  };
}

export function spreadAcross(samples: readonly MemorySample[], part: keyof MemorySample): Spread {
  return spreadOf(samples.map((sample) => sample[part]));
}
