import type { Pool } from "../../db/pool.js";
import { WalletError } from "../../ledger/wallet-error.js";
import type { EngineLimits } from "../limits.js";
import { checkIntegrity, type IntegrityEvent, type IntegrityToken } from "./check.js";
import type { IntegrityLimits } from "./limits.js";

/**
 * The integrity checks of one process, a few at once: each keeps a connection busy for part of the time. The scheduled one
 * has room of its own, so that callers who leave theirs unread do not keep it from being made.
 */
export class IntegrityChecks {
  readonly #reader: Pool;
  readonly #attempts: EngineLimits;
  readonly #limits: IntegrityLimits;
  readonly #trustedKeyIds: readonly string[];
  #running = 0;

  /** @param trustedKeyIds the keys that checkpoints may be signed with; empty when that is not known. */
  constructor(
    reader: Pool,
    attempts: EngineLimits,
    limits: IntegrityLimits,
    trustedKeyIds: readonly string[] = [],
  ) {
    this.#reader = reader;
    this.#attempts = attempts;
    this.#limits = limits;
    this.#trustedKeyIds = trustedKeyIds;
  }

  /** A check; see `checkIntegrity`. It works when its next event is asked for. @throws OVERLOADED besides. */
  async *check(
    asked: { readonly asset: string | null; readonly token: IntegrityToken | null },
    signal: AbortSignal,
  ): AsyncGenerator<IntegrityEvent, void, undefined> {
    if (this.#running >= this.#limits.checksMax) throw tooMany(this.#limits.checksMax);
    this.#running++;
    try {
      yield* this.#check(asked, signal);
    } finally {
      this.#running--;
    }
  }

  /** The scheduled check, of all assets from the start; see `checkIntegrity`. Its one caller makes one at a time. */
  checkOnSchedule(signal: AbortSignal): AsyncGenerator<IntegrityEvent, void, undefined> {
    return this.#check({ asset: null, token: null }, signal);
  }

  #check(
    asked: { readonly asset: string | null; readonly token: IntegrityToken | null },
    signal: AbortSignal,
  ): AsyncGenerator<IntegrityEvent, void, undefined> {
    const context = {
      reader: this.#reader,
      attempts: this.#attempts,
      limits: this.#limits,
      trustedKeyIds: this.#trustedKeyIds,
    };
    return checkIntegrity(context, asked, signal);
  }
}

function tooMany(checksMax: number): WalletError {
  return new WalletError(
    "OVERLOADED",
    `${checksMax} integrity checks are running already. Wait for one of them to end.`,
    { metadata: { checks_max: `${checksMax}` }, retryDelayMs: 10_000 },
  );
}
