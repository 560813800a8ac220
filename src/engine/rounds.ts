import { setTimeout as sleep } from "node:timers/promises";

/** What is done again and again. */
export interface RoundsWork {
  /** How long nothing is done after a round that left nothing to do, in milliseconds. */
  readonly pauseMs: number;
  /** Does one round, and returns whether the next should follow at once. It deals with its own failures. */
  round(signal: AbortSignal): Promise<boolean>;
  /** Called once, behind the last round. A failure is of no consequence. */
  ended(): Promise<unknown>;
}

/** Rounds of background work, one after the other, from a start until a stop. */
export class Rounds {
  readonly #work: RoundsWork;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;

  constructor(work: RoundsWork) {
    this.#work = work;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Aborts the signal of the round that is under way, and resolves when all is over. It may be called again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const more = await this.#work.round(signal);
      if (!more) await sleep(this.#work.pauseMs, undefined, { signal }).catch(() => {});
    }
    await this.#work.ended().catch(() => {});
  }
}
