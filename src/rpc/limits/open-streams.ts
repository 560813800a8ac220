import { WalletError } from "../../ledger/wallet-error.js";
import type { Metrics } from "../../metrics.js";
import type { Caller } from "../access/caller.js";
import { type CallerKind, kindOf } from "./caller-kind.js";

/** How many streams a caller may have open at this process at once, by what it is; 0 is no limit. */
export type StreamLimits = Readonly<Record<CallerKind, number>>;

// When one of them ends nobody can know; asking once a second costs nobody anything.
const retryDelayMs = 1_000;

/** Counts the streams that each caller has open at this process. */
export class OpenStreams {
  readonly #limits: StreamLimits;
  readonly #metrics: Metrics;
  readonly #open = new Map<string, number>();

  constructor(limits: StreamLimits, metrics: Metrics) {
    this.#limits = limits;
    this.#metrics = metrics;
  }

  /**
   * Lets a stream in. Returns what must be called once when it has ended.
   *
   * @throws RATE_LIMITED when the caller has as many open as it may.
   */
  enter(caller: Caller): () => void {
    const { id } = caller;
    const kind = kindOf(caller);
    const open = this.#open.get(id) ?? 0;
    const limit = this.#limits[kind];
    if (limit > 0 && open >= limit) {
      this.#metrics.rateLimited.inc({ class: "streams", kind });
      throw tooMany(kind, limit);
    }
    this.#open.set(id, open + 1);
    this.#metrics.streamsOpen.inc({ kind });
    return () => {
      this.#leave(id);
      this.#metrics.streamsOpen.dec({ kind });
    };
  }

  #leave(id: string): void {
    const left = (this.#open.get(id) ?? 0) - 1;
    if (left > 0) this.#open.set(id, left);
    else this.#open.delete(id);
  }
}

function tooMany(kind: CallerKind, limit: number): WalletError {
  return new WalletError(
    "RATE_LIMITED",
    `a ${kind} may have ${limit} streams open at once; end one of them, or try again in ${retryDelayMs} ms`,
    {
      metadata: { class: "streams", kind, limit: `${limit}`, retry_delay_ms: `${retryDelayMs}` },
      retryDelayMs,
    },
  );
}
