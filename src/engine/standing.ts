import type { EngineLimits } from "./limits.js";
import type { BatchTimes } from "./observer.js";
import type { Waited } from "./waiting.js";

/** What the time of a batch is taken from: in smaller ones, most of it does not depend on how much they carry. */
const measuredMin = 100;

/**
 * Says when a queue stands: at least a batch waits, and either the first of it has waited too long, or all of it would
 * take too long, as fast as the last large batch was. A batch that takes long while few wait does not make it stand, nor
 * does a burst that is soon done. The second question is for a process that was held up: it finds everything at once
 * that came meanwhile, and nothing of that has waited yet.
 */
export class Standing {
  readonly #limits: EngineLimits;
  #msEach = 0;

  constructor(limits: EngineLimits) {
    this.#limits = limits;
  }

  /** Learns how long a batch took. */
  committed(size: number, { beganMs, endedMs }: BatchTimes): void {
    if (size >= measuredMin) this.#msEach = (endedMs.commit - beganMs) / size;
  }

  /** In constant time: it is asked for every call. */
  stands(queue: readonly Waited[]): boolean {
    const { batchMax, standingMsMax, burstMsMax } = this.#limits;
    const [first] = queue;
    if (first === undefined || queue.length < batchMax) return false;
    return performance.now() - first.sinceMs > standingMsMax || queue.length * this.#msEach > burstMsMax;
  }
}
