import { setTimeout as sleep } from "node:timers/promises";
import type { FeedLimits } from "./limits.js";
import { isAfter, type Place, type Placed } from "./place.js";
import { Watcher } from "./watcher.js";

/** A stream that many watch: what has happened is read from the database, what happens is handed to all of them. */
export interface Source<Event extends Placed> {
  /** Where it stands: everything up to here was handed out. Null while that is not known yet. */
  readonly place: Place | null;
  /** Hands what comes to this watcher, unless the watcher's place is behind: then there is something to read before. */
  join(watcher: Watcher<Event>, place: Place): boolean;
  leave(watcher: Watcher<Event>): void;
  /** A page of what came after a place, and the place it reaches. It may have waited and still be empty. */
  readAfter(place: Place, signal: AbortSignal): Promise<{ events: readonly Event[]; place: Place }>;
}

/** One step of a watcher: an event, or, when it is null, a sign of life; and where the watcher stands after it. */
export interface Step<Event> {
  readonly event: Event | null;
  readonly place: Place;
}

/**
 * Everything after a place, in order, without gap or repeat, for ever.
 *
 * What happened before is read page by page as the reader takes it, so that one who comes from far behind costs no
 * memory. Only when nothing is left to read does it join the others; asking and joining are one step, so that nothing
 * falls in between.
 *
 * @throws the signal's reason when it aborts, and OVERLOADED for a reader that is too slow for what happens.
 */
export async function* follow<Event extends Placed>(
  source: Source<Event>,
  { from, wants }: { from: Place; wants: (event: Event) => boolean },
  { heartbeatMs, backlogMax, gapMs }: Pick<FeedLimits, "heartbeatMs" | "backlogMax" | "gapMs">,
  signal: AbortSignal,
): AsyncGenerator<Step<Event>, never, undefined> {
  const watcher = new Watcher(backlogMax, wants);
  let place = from;
  let isWaiting = false;
  let spokeMs = performance.now();
  try {
    while (!source.join(watcher, place)) {
      // Nothing was read, and the others are further all the same: it is to come.
      if (isWaiting) await sleep(gapMs, undefined, { signal }).catch(() => {});
      const page = await source.readAfter(place, signal);
      signal.throwIfAborted();
      for (const event of page.events.filter(wants)) {
        yield { event, place: event.place };
        signal.throwIfAborted();
        spokeMs = performance.now();
      }
      isWaiting = !isAfter(page.place, place);
      place = page.place;
      if (performance.now() - spokeMs < heartbeatMs) continue;
      yield { event: null, place };
      spokeMs = performance.now();
    }
    for (;;) {
      const event = await watcher.next(heartbeatMs, signal);
      signal.throwIfAborted();
      if (event !== null) place = event.place;
      else if (source.place !== null && isAfter(source.place, place)) place = source.place;
      yield { event, place };
    }
  } finally {
    source.leave(watcher);
  }
}
