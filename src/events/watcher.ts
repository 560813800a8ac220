import { WalletError } from "../ledger/wallet-error.js";
import { Bell } from "./bell.js";
import { isAfter, type Place, type Placed } from "./place.js";

/** One reader of a stream, with what it has yet to take. That is bounded: whoever reads too slowly is let go. */
export class Watcher<Event extends Placed> {
  readonly #backlogMax: number;
  readonly #wants: (event: Event) => boolean;
  readonly #bell = new Bell();
  #backlog: Event[] = [];
  #after: Place | null = null;
  #overflowed = false;

  constructor(backlogMax: number, wants: (event: Event) => boolean) {
    this.#backlogMax = backlogMax;
    this.#wants = wants;
  }

  /** From now on what is offered counts, unless it is at this place or before. */
  startAfter(place: Place): void {
    this.#after = place;
  }

  /** Hands an event over, which must be later than those before. What is too much drops the whole backlog. */
  offer(event: Event): void {
    if (this.#overflowed || this.#after === null || !isAfter(event.place, this.#after)) return;
    if (!this.#wants(event)) return;
    if (this.#backlog.length < this.#backlogMax) this.#backlog.push(event);
    else {
      this.#overflowed = true;
      this.#backlog = [];
    }
    this.#bell.ring();
  }

  /**
   * The next event; null when none came within `waitMs`, or the signal aborted.
   *
   * @throws OVERLOADED when more came than the backlog holds.
   */
  async next(waitMs: number, signal: AbortSignal): Promise<Event | null> {
    if (this.#backlog.length === 0 && !this.#overflowed) await this.#bell.wait(waitMs, signal);
    if (this.#overflowed) throw overloaded(this.#backlogMax);
    return this.#backlog.shift() ?? null;
  }
}

function overloaded(backlogMax: number): WalletError {
  return new WalletError(
    "OVERLOADED",
    `More than ${backlogMax} messages were waiting to be read. Go on from resume_token, and read faster.`,
    { metadata: { backlog_max: `${backlogMax}` }, retryDelayMs: 500 },
  );
}
