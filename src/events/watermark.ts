import { type EndedTransactions, type Mark, markTime, readEnded } from "../db/feed.js";
import type { Pool } from "../db/pool.js";
import { positionAt } from "../ledger/position.js";

/** A position below which nothing can appear any more. */
export interface Settled {
  readonly position: bigint;
  /** When that was seen, in microseconds since 1970: whatever is below the position was committed before. */
  readonly time: bigint;
  /** When the mark was made, by this process's `performance.now()`: for how far behind the feed is. */
  readonly markedMs: number;
}

/**
 * Finds out up to where all transactions can be seen, although they are committed in another order than that of their
 * positions.
 *
 * A batch takes its transaction id in PostgreSQL with its claims, and reads the clock for its position only then. So
 * whatever has a position before the time of a mark has an id below the mark's; and once all those have ended, it can
 * be seen. A transaction that is held open anywhere on the server delays the watermark, and nothing is lost.
 *
 * The one assumption: the database's clock is never set back. Slewing it is fine. If it is set back, transactions of
 * the time that is repeated may be left out of the stream of all transactions; those of one wallet are not concerned.
 */
export class Watermark {
  #mark: Mark | null = null;
  #markedMs = 0;
  #settled: Settled | null = null;

  /** The highest position found so far; null at first. A new object each time it is found anew. */
  get settled(): Settled | null {
    return this.#settled;
  }

  /** Whether a mark waits for transactions that were running when it was made. */
  get isWaiting(): boolean {
    return this.#mark !== null;
  }

  /**
   * Looks once, without waiting for anybody.
   *
   * @param ended what had ended a moment ago.
   * @returns what has ended now.
   */
  async advance(reader: Pool, ended: EndedTransactions): Promise<EndedTransactions> {
    this.#settle(ended);
    if (this.#mark === null) {
      this.#markedMs = performance.now();
      this.#mark = await markTime(reader);
    }
    const now = await readEnded(reader);
    this.#settle(now);
    return now;
  }

  /** Forgets everything. */
  reset(): void {
    this.#mark = null;
    this.#settled = null;
  }

  #settle({ oldestRunning, time }: EndedTransactions): void {
    if (this.#mark === null || oldestRunning <= this.#mark.transactionId) return;
    let position = positionAt(this.#mark.time);
    if (this.#settled !== null && this.#settled.position > position) position = this.#settled.position;
    this.#settled = { position, time, markedMs: this.#markedMs };
    this.#mark = null;
  }
}
