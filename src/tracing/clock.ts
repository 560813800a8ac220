/** How long one reading of the system's clock is good for: clocks are corrected while a process runs. */
const anchorMsMax = 60_000;

/** Turns times of `performance.now()` into milliseconds since 1970, for all spans by the same reading of the clock. */
export class SpanClock {
  #anchoredMs = Number.NEGATIVE_INFINITY;
  #offsetMs = 0;

  epochMs(ms: number): number {
    if (ms - this.#anchoredMs > anchorMsMax) {
      this.#anchoredMs = performance.now();
      this.#offsetMs = Date.now() - this.#anchoredMs;
    }
    return ms + this.#offsetMs;
  }
}
