import { type Pool, StatementNames } from "../../src/db/pool.js";
import { Feed, type FeedObserver } from "../../src/events/feed.js";
import type { Step } from "../../src/events/follow.js";
import { defaultFeedLimits, type FeedLimits } from "../../src/events/limits.js";
import type { Place } from "../../src/events/place.js";
import type { TransactionEvent } from "../../src/events/transaction-feed.js";
import type { WalletEvent } from "../../src/events/wallet-events.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import type { TestEngine } from "./engine.js";

/** One process's feed, and what it said about itself. */
export interface TestFeed {
  readonly feed: Feed;
  /** The statements that it sent. */
  readonly statements: string[];
  readonly failures: unknown[];
  readonly recoveries: number[];
  readonly lags: number[];
}

/** A feed on an engine's database. It has to find out by itself what is committed: nobody wakes it. */
export function openFeed(engine: TestEngine, limits: Partial<FeedLimits> = {}): TestFeed {
  const failures: unknown[] = [];
  const recoveries: number[] = [];
  const lags: number[] = [];
  const observer: FeedObserver = {
    read: (lagSeconds) => lags.push(lagSeconds),
    watched: () => {},
    failed: (error) => failures.push(error),
    recovered: () => recoveries.push(Date.now()),
  };
  const statements: string[] = [];
  const reader = listening(engine.database.reader, (sql) => statements.push(sql));
  const feed = new Feed(reader, { ...defaultFeedLimits, ...limits }, observer);
  return { feed, statements, failures, recoveries, lags };
}

/** The same reader, that prepares none of its statements and tells of each before it is sent. */
function listening(reader: Pool, onStatement: (sql: string) => void): Pool {
  const query: Pool["query"] = (sql, ...more) => {
    onStatement(sql);
    return reader.query(sql, ...more);
  };
  return Object.create(reader, {
    query: { value: query },
    statementNames: { value: new StatementNames(0, 0) },
  });
}

/** What one watcher of a feed has seen so far, signs of life apart. */
export class Watch<Event> {
  readonly steps: Step<Event>[] = [];
  readonly events: Event[] = [];
  readonly #stopping: AbortController;
  readonly #done: Promise<unknown>;
  readonly #waiting = new Set<() => void>();

  constructor(open: (signal: AbortSignal) => AsyncIterable<Step<Event>>) {
    this.#stopping = new AbortController();
    this.#done = this.#take(open(this.#stopping.signal)).catch((error: unknown) => error);
  }

  /** Where it stands; fails before the first step. */
  get place(): Place {
    const last = this.steps.at(-1);
    if (last === undefined) throw new Error("the watcher has seen nothing yet");
    return last.place;
  }

  /** Resolves once it has seen what is asked for. */
  async until(seen: (steps: readonly Step<Event>[]) => boolean): Promise<void> {
    while (!seen(this.steps)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Resolves once it has seen this many events. */
  async untilEvents(count: number): Promise<Event[]> {
    await this.until(() => this.events.length >= count);
    return this.events;
  }

  /** Goes away. Returns what it was ended with. */
  async stop(reason: unknown = new Error("the watcher went away")): Promise<unknown> {
    this.#stopping.abort(reason);
    return this.#done;
  }

  /** What it was ended with, without its own doing. */
  get ended(): Promise<unknown> {
    return this.#done;
  }

  async #take(steps: AsyncIterable<Step<Event>>): Promise<void> {
    for await (const step of steps) {
      this.steps.push(step);
      if (step.event !== null) this.events.push(step.event);
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    }
  }
}

/** Watches the gold of a holder from a version on. */
export function watchGold({ feed }: TestFeed, holderId: string, version: bigint): Watch<WalletEvent> {
  return new Watch((signal) => feed.watchWallet(holderWalletId("gold", holderId), version, signal));
}

/** Watches all transactions from a place on. */
export function watchAll(
  { feed }: TestFeed,
  from: Place,
  wants: (event: TransactionEvent) => boolean = () => true,
): Watch<TransactionEvent> {
  return new Watch((signal) => feed.watchTransactions(from, wants, signal));
}

/** The place where a stream of transactions begins now. */
export async function placeNow({ feed }: TestFeed): Promise<Place> {
  return (await feed.beginTransactions(new AbortController().signal)).place;
}
