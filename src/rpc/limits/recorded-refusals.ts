import { LRUCache } from "lru-cache";

const keysMax = 10_000;

/**
 * Says which refusals for being over a limit go on record: the first of each key in a window. The others tell nothing
 * more, and to write them down would let a flood fill the audit log.
 */
export class RecordedRefusals {
  /** Until when the refusals of a key are on record, in epoch milliseconds. */
  readonly #untilMs = new LRUCache<string, number>({ max: keysMax });

  /**
   * Whether this refusal is the first of its window.
   *
   * @param key the caller or the address, with what it is limited in.
   * @param windowMs how long the window still lasts, in milliseconds.
   */
  isFirst(key: string, windowMs: number): boolean {
    const nowMs = Date.now();
    if ((this.#untilMs.get(key) ?? 0) > nowMs) return false;
    this.#untilMs.set(key, nowMs + windowMs);
    return true;
  }
}
