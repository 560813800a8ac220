import { findCompleteOperations } from "../db/operations.js";
import type { Pool } from "../db/pool.js";
import { Bell } from "./bell.js";
import type { FeedLimits } from "./limits.js";

/** One step of those who watch an operation: it is complete, or, as a sign of life, still pending. */
export type OperationStep = "complete" | "pending";

/** One who watches an operation. */
interface OperationWatcher {
  readonly bell: Bell;
  isComplete: boolean;
}

/** The queued operations that somebody watches until they are complete. One statement asks after all of them. */
export class OperationFeed {
  readonly #reader: Pool;
  readonly #limits: FeedLimits;
  readonly #onNewWatcher: () => void;
  readonly #watchers = new Map<string, Set<OperationWatcher>>();

  /** @param onNewWatcher called when an operation must be asked after that may have been completed before. */
  constructor(reader: Pool, limits: FeedLimits, onNewWatcher: () => void) {
    this.#reader = reader;
    this.#limits = limits;
    this.#onNewWatcher = onNewWatcher;
  }

  /**
   * Signs of life while an operation is pending; then that it is complete, and the end.
   *
   * @throws the signal's reason when it aborts.
   */
  async *watch(id: string, signal: AbortSignal): AsyncGenerator<OperationStep, void, undefined> {
    const watcher: OperationWatcher = { bell: new Bell(), isComplete: false };
    this.#enter(id, watcher);
    try {
      for (;;) {
        if (!watcher.isComplete) await watcher.bell.wait(this.#limits.heartbeatMs, signal);
        signal.throwIfAborted();
        if (watcher.isComplete) break;
        yield "pending";
      }
      yield "complete";
    } finally {
      this.#leave(id, watcher);
    }
  }

  /** Tells those whose operation is complete. */
  async read(): Promise<void> {
    if (this.#watchers.size === 0) return;
    for (const id of await findCompleteOperations(this.#reader, this.#watchers.keys())) {
      for (const watcher of this.#watchers.get(id) ?? []) {
        watcher.isComplete = true;
        watcher.bell.ring();
      }
    }
  }

  #enter(id: string, watcher: OperationWatcher): void {
    const known = this.#watchers.get(id);
    if (known === undefined) this.#watchers.set(id, new Set([watcher]));
    else known.add(watcher);
    this.#onNewWatcher();
  }

  #leave(id: string, watcher: OperationWatcher): void {
    const watchers = this.#watchers.get(id);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#watchers.delete(id);
  }
}
