import { setTimeout as sleep } from "node:timers/promises";
import { type EndedTransactions, readEnded } from "../db/feed.js";
import type { Pool } from "../db/pool.js";
import { Bell } from "./bell.js";
import { follow, type Source, type Step } from "./follow.js";
import type { FeedLimits } from "./limits.js";
import { OperationFeed, type OperationStep } from "./operation-feed.js";
import { type Place, type Placed, placeBefore, placeOfVersion } from "./place.js";
import { type TransactionEvent, TransactionFeed } from "./transaction-feed.js";
import type { WalletEvent } from "./wallet-events.js";
import { WalletFeed } from "./wallet-feed.js";

/** What is watched. */
export type FeedKind = "wallet" | "transactions" | "operation";

/** Told how the feed fares, for the metrics and the log. */
export interface FeedObserver {
  /** After each reading, and when it failed: for how long there has been something that was not read, in seconds. */
  read(lagSeconds: number): void;
  /** When a watcher comes or goes: how many there are of its kind. */
  watched(kind: FeedKind, count: number): void;
  /** The first of several readings in a row failed. The feed goes on trying. */
  failed(error: unknown): void;
  /** A reading succeeded again. */
  recovered(): void;
}

/**
 * The live feed of one process: however many watch, one loop reads the database for all of them.
 *
 * The loop runs while somebody watches. It reads at once when this process has committed something and is told so by
 * `wake`, and now and then for what others commit. When nothing was committed anywhere, a reading is one statement.
 */
export class Feed {
  readonly #reader: Pool;
  readonly #limits: FeedLimits;
  readonly #observer: FeedObserver;
  readonly #wallets: WalletFeed;
  readonly #transactions: TransactionFeed;
  readonly #operations: OperationFeed;
  readonly #watching: Record<FeedKind, number> = { wallet: 0, transactions: 0, operation: 0 };
  readonly #bell = new Bell();
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #running = false;
  /** Whether there may be something to read although nothing was committed since the last reading. */
  #news = false;
  /** The upper bound of the snapshot that was read last, if nothing below it was running: while it stays, all is read. */
  #quietAt: bigint | null = null;
  #upToDateMs = 0;

  constructor(reader: Pool, limits: FeedLimits, observer: FeedObserver) {
    this.#reader = reader;
    this.#limits = limits;
    this.#observer = observer;
    this.#wallets = new WalletFeed(reader, limits, () => this.wake());
    this.#transactions = new TransactionFeed(reader, limits);
    this.#operations = new OperationFeed(reader, limits, () => this.wake());
  }

  /** Reads at once, because something was committed. */
  wake(): void {
    this.#news = true;
    this.#bell.ring();
  }

  /**
   * Every change of a wallet after a version that it has had. Where the outbox no longer holds the changes, the wallet
   * as it is comes instead.
   *
   * @throws the signal's reason when it aborts; OVERLOADED; DATABASE_UNAVAILABLE while it catches up.
   */
  watchWallet(
    walletId: string,
    version: bigint,
    signal: AbortSignal,
  ): AsyncGenerator<Step<WalletEvent>, void, undefined> {
    return this.#watch(
      "wallet",
      this.#wallets.source(walletId),
      { from: placeOfVersion(version), wants: () => true },
      signal,
    );
  }

  /** Every transaction after a place that `wants` lets through. It throws as `watchWallet` does. */
  watchTransactions(
    from: Place,
    wants: (event: TransactionEvent) => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<Step<TransactionEvent>, void, undefined> {
    return this.#watch("transactions", this.#transactions, { from, wants }, signal);
  }

  /** Signs of life while a queued operation is pending, and then that it is complete. It throws the signal's reason. */
  async *watchOperation(id: string, signal: AbortSignal): AsyncGenerator<OperationStep, void, undefined> {
    this.#enter("operation");
    try {
      yield* this.#operations.watch(id, signal);
    } finally {
      this.#leave("operation");
    }
  }

  /**
   * Where a stream of transactions begins now: everything below the place can be read, and whatever is committed after
   * the time is behind it. It waits for the transactions that are running on the server.
   */
  async beginTransactions(signal: AbortSignal): Promise<{ place: Place; time: bigint }> {
    this.#enter("transactions");
    try {
      const { position, time } = await this.#transactions.settle(signal);
      return { place: placeBefore(position), time };
    } finally {
      this.#leave("transactions");
    }
  }

  /** Ends the loop. The watchers must be gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#bell.ring();
    await this.#loop;
  }

  async *#watch<Event extends Placed>(
    kind: FeedKind,
    source: Source<Event>,
    asked: { from: Place; wants: (event: Event) => boolean },
    signal: AbortSignal,
  ): AsyncGenerator<Step<Event>, void, undefined> {
    this.#enter(kind);
    try {
      yield* follow(source, asked, this.#limits, signal);
    } finally {
      this.#leave(kind);
    }
  }

  #enter(kind: FeedKind): void {
    this.#observer.watched(kind, ++this.#watching[kind]);
    this.wake();
    if (this.#running) return;
    this.#running = true;
    this.#loop = this.#run();
  }

  #leave(kind: FeedKind): void {
    this.#observer.watched(kind, --this.#watching[kind]);
    if (!this.#isWatched) this.#bell.ring();
  }

  get #isWatched(): boolean {
    return Object.values(this.#watching).some((count) => count > 0);
  }

  async #run(): Promise<void> {
    let failures = 0;
    this.#upToDateMs = performance.now();
    while (this.#isWatched && !this.#stopping.signal.aborted) {
      try {
        await this.#read();
        if (failures > 0) this.#observer.recovered();
        failures = 0;
      } catch (error) {
        if (failures++ === 0) this.#observer.failed(error);
      }
      this.#observer.read((performance.now() - this.#upToDateMs) / 1e3);
      await (failures === 0 ? this.#pause() : this.#backOff(failures));
    }
    this.#running = false;
    this.#observer.read(0);
  }

  async #read(): Promise<void> {
    const startedMs = performance.now();
    const hadNews = this.#news;
    this.#news = false;
    const ended = await readEnded(this.#reader);
    const nothingNew = !hadNews && ended.next === this.#quietAt;
    this.#upToDateMs = nothingNew ? startedMs : await this.#readAll(ended, startedMs);
  }

  /** Returns up to when everything has been read, by `performance.now()`. */
  async #readAll(before: EndedTransactions, startedMs: number): Promise<number> {
    this.#quietAt = null;
    const forAll = this.#watching.transactions > 0;
    if (!forAll) this.#transactions.reset();
    const ended = forAll ? await this.#transactions.advance(before) : before;
    await this.#operations.read();
    const complete = [await this.#wallets.read(), await this.#transactions.read()].every(Boolean);
    if (!complete) {
      this.#news = true;
      return this.#upToDateMs;
    }
    if (ended.oldestRunning === ended.next && !this.#transactions.isWaiting) this.#quietAt = ended.next;
    return forAll ? (this.#transactions.coveredMs ?? this.#upToDateMs) : startedMs;
  }

  async #pause(): Promise<void> {
    await sleep(this.#limits.gapMs);
    if (!this.#news && this.#isWatched && !this.#stopping.signal.aborted)
      await this.#bell.wait(this.#limits.pollMs - this.#limits.gapMs);
  }

  async #backOff(failures: number): Promise<void> {
    const { retryDelayMsBase, retryDelayMsMax } = this.#limits;
    const delayMs = Math.min(retryDelayMsBase * 2 ** (failures - 1), retryDelayMsMax);
    // Half of it at random, so that the processes do not all come back at once.
    await sleep(delayMs * (0.5 + Math.random() / 2), undefined, { signal: this.#stopping.signal }).catch(
      () => {},
    );
  }
}
