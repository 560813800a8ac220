import type { Reader } from "../../db/reader.js";
import { WalletError } from "../../ledger/wallet-error.js";
import type { EngineLimits } from "../limits.js";
import { checkIntegrity, type IntegrityEvent, type IntegrityToken } from "./check.js";
import type { IntegrityLimits } from "./limits.js";

/** The integrity checks of one process, a few at once: each keeps a connection busy for part of the time. */
export class IntegrityChecks {
  readonly #reader: Reader;
  readonly #attempts: EngineLimits;
  readonly #limits: IntegrityLimits;
  readonly #trustedKeyIds: readonly string[];
  #running = 0;

  /** @param trustedKeyIds the keys that checkpoints may be signed with; empty when that is not known. */
  constructor(
    reader: Reader,
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
      const context = {
        reader: this.#reader,
        attempts: this.#attempts,
        limits: this.#limits,
        trustedKeyIds: this.#trustedKeyIds,
      };
      yield* checkIntegrity(context, asked, signal);
    } finally {
      this.#running--;
    }
  }
}

function tooMany(checksMax: number): WalletError {
  return new WalletError(
    "OVERLOADED",
    `${checksMax} integrity checks are running already. Wait for one of them to end.`,
    { metadata: { checks_max: `${checksMax}` }, retryDelayMs: 10_000 },
  );
}
