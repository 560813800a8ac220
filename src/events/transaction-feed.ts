import { type EndedTransactions, listPlacedTransactions, type PlacedTransaction } from "../db/feed.js";
import type { Pool } from "../db/pool.js";
import { Bell } from "./bell.js";
import type { Source } from "./follow.js";
import type { FeedLimits } from "./limits.js";
import { isAfter, type Place, type Placed, placeBefore } from "./place.js";
import type { Watcher } from "./watcher.js";
import { type Settled, Watermark } from "./watermark.js";

/** A transaction that was posted or refused. */
export interface TransactionEvent extends Placed {
  readonly record: PlacedTransaction;
}

/** All transactions in the one order of their positions, as far as the watermark reaches. */
export class TransactionFeed implements Source<TransactionEvent> {
  readonly #reader: Pool;
  readonly #limits: FeedLimits;
  readonly #watermark = new Watermark();
  readonly #watchers = new Set<Watcher<TransactionEvent>>();
  readonly #settled = new Bell();
  #place: Place | null = null;

  constructor(reader: Pool, limits: FeedLimits) {
    this.#reader = reader;
    this.#limits = limits;
  }

  get place(): Place | null {
    return this.#place;
  }

  /** Up to when everything has been read once `read` says so, by `performance.now()`; null while that is not known. */
  get coveredMs(): number | null {
    return this.#watermark.settled?.markedMs ?? null;
  }

  /** Whether transactions that ran when it was last looked must end before it is known what comes next. */
  get isWaiting(): boolean {
    return this.#watermark.isWaiting;
  }

  join(watcher: Watcher<TransactionEvent>, place: Place): boolean {
    if (this.#place === null || isAfter(this.#place, place)) return false;
    watcher.startAfter(place);
    this.#watchers.add(watcher);
    return true;
  }

  leave(watcher: Watcher<TransactionEvent>): void {
    this.#watchers.delete(watcher);
  }

  async readAfter(place: Place, signal: AbortSignal) {
    const { settled } = this.#watermark;
    if (settled === null || this.#place === null) {
      await this.#settled.wait(this.#limits.heartbeatMs, signal);
      return { events: [], place };
    }
    return this.#readPage(place, settled);
  }

  /** The newest watermark, found after this was called. @throws the signal's reason when it aborts before. */
  async settle(signal: AbortSignal): Promise<Settled> {
    const before = this.#watermark.settled;
    for (;;) {
      const { settled } = this.#watermark;
      if (settled !== null && settled !== before) return settled;
      await this.#settled.wait(this.#limits.heartbeatMs, signal);
      signal.throwIfAborted();
    }
  }

  /** Moves the watermark as far as it goes. Returns what PostgreSQL's transactions had ended when it was looked. */
  async advance(ended: EndedTransactions): Promise<EndedTransactions> {
    const now = await this.#watermark.advance(this.#reader, ended);
    const { settled } = this.#watermark;
    if (settled !== null) {
      this.#place ??= placeBefore(settled.position);
      this.#settled.ring();
    }
    return now;
  }

  /** Hands out what the watermark has reached since the last reading. Returns whether that was all. */
  async read(): Promise<boolean> {
    const { settled } = this.#watermark;
    const from = this.#place;
    if (settled === null || from === null) return true;
    const { events, place } = await this.#readPage(from, settled);
    for (const event of events) for (const watcher of this.#watchers) watcher.offer(event);
    this.#place = place;
    return events.length < this.#limits.pageMax;
  }

  /** Forgets where it stands: nobody is left to tell. */
  reset(): void {
    this.#watermark.reset();
    this.#place = null;
  }

  async #readPage(after: Place, { position: below }: Settled) {
    if (after.position >= below) return { events: [], place: after };
    const { pageMax } = this.#limits;
    const found = await listPlacedTransactions(this.#reader, { after, below, limit: pageMax });
    const events = found.map((record) => ({
      place: { position: record.position, id: record.transaction.id },
      record,
    }));
    const last = events.at(-1);
    return { events, place: last === undefined || events.length < pageMax ? placeBefore(below) : last.place };
  }
}
