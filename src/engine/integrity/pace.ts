import { setTimeout as sleep } from "node:timers/promises";
import type { IntegrityLimits } from "./limits.js";

/** How many times more rows the next step verifies at most. */
const growthMax = 2;
const shrinkageMax = 4;

/** How much a step does, and how long nothing is done after it. */
export class Pace {
  readonly #limits: IntegrityLimits;
  #rows: number;
  /** Lower than the limit once a step of that size ran too long. */
  #rowsMin: number;

  constructor(limits: IntegrityLimits) {
    this.#limits = limits;
    this.#rows = limits.rowsFirst;
    this.#rowsMin = limits.rowsMin;
  }

  /** How many rows the next step verifies. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether a step could still be made smaller. */
  get canShrink(): boolean {
    return this.#rows > 1;
  }

  /** Makes the steps smaller than usual, because one ran too long. */
  shrink(): void {
    this.#rowsMin = Math.max(1, Math.min(this.#rowsMin, Math.floor(this.#rows / shrinkageMax)));
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
    this.#rowsMin = this.#limits.rowsMin;
  }

  #resize(factor: number): void {
    this.#rows = Math.min(this.#limits.rowsMax, Math.max(this.#rowsMin, Math.round(this.#rows * factor)));
  }
}
