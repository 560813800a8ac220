import { setTimeout as sleep } from "node:timers/promises";
import type { IntegrityLimits } from "./limits.js";

/** How many times more rows the next step verifies at most. */
const growthMax = 2;
const shrinkageMax = 4;

/** How much a step does, and how long nothing is done after it. */
export class Pace {
  readonly #limits: IntegrityLimits;
  #rows: number;

  constructor(limits: IntegrityLimits) {
    this.#limits = limits;
    this.#rows = limits.rowsFirst;
  }

  /** How many rows the next step verifies. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether a step could still be made smaller. */
  get canShrink(): boolean {
    return this.#rows > this.#limits.rowsMin;
  }

  /** Makes the steps smaller, because one ran too long. */
  shrink(): void {
    this.#resize(1 / shrinkageMax);
  }

  /**
   * Fits the next step to how long this one took, and leaves the database alone for as long as that is due. It throws
   * the signal's reason.
   */
  async rest(tookMs: number, signal: AbortSignal): Promise<void> {
    const { stepMs, share } = this.#limits;
    this.#resize(Math.min(growthMax, Math.max(1 / shrinkageMax, stepMs / Math.max(tookMs, 1))));
    const pauseMs = tookMs * (1 / share - 1);
    if (pauseMs >= 1) await sleep(pauseMs, undefined, { signal }).catch(() => {});
    // What sleeping throws says nothing; the signal's reason does.
    signal.throwIfAborted();
  }

  /** Begins with rows of another kind. */
  reset(): void {
    this.#rows = this.#limits.rowsFirst;
  }

  #resize(factor: number): void {
    const { rowsMin, rowsMax } = this.#limits;
    this.#rows = Math.min(rowsMax, Math.max(rowsMin, Math.round(this.#rows * factor)));
  }
}
