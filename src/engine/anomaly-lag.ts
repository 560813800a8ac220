import { timeOfPosition } from "../ledger/position.js";

/** Up to where the stream can be read: below the position no transaction can appear any more. */
export interface Settled {
  readonly position: bigint;
  /** When that was known, in microseconds since 1970. */
  readonly time: bigint;
  /** The moment that the position is of, by this process's `performance.now()`. */
  readonly markedMs: number;
}

/**
 * How long ago the moment is up to which everything was looked at. It grows by itself, whatever the cause: while the
 * stream cannot be read any further, while the rounds fail, and while there are none.
 */
export class AnomalyLag {
  /** How far the place was behind, in seconds, at a moment of `performance.now()`. */
  #behind = { seconds: 0, atMs: performance.now() };
  #restartMs = performance.now();

  /** In seconds. Never exactly 0: what was committed since the last look was not looked at. */
  get seconds(): number {
    const { seconds, atMs } = this.#behind;
    return seconds + (performance.now() - atMs) / 1_000;
  }

  /** Counts from now on: whatever was left before is, or was, another process's to look at. */
  restart(): void {
    this.#restartMs = performance.now();
    this.#behind = { seconds: 0, atMs: this.#restartMs };
  }

  /** Everything below the position was looked at, and nothing else of what is settled. */
  lookedAt(settled: Settled, position: bigint): void {
    const left = timeOfPosition(settled.position) - timeOfPosition(position);
    // A mark of before the restart says nothing of how late this process is.
    this.#behind = { seconds: Number(left) / 1e6, atMs: Math.max(settled.markedMs, this.#restartMs) };
  }
}
