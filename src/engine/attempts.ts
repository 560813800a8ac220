import { setTimeout as sleep } from "node:timers/promises";
import { conflictOf, kindOfFailure } from "../db/failure.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { EngineLimits } from "./limits.js";
import type { FailureCause } from "./observer.js";

/** Thrown by a transaction that found its premises gone and moved nothing: it is to be tried again. */
export class RerunError extends Error {
  override name = "RerunError";
}

/** What is done about a try that moved nothing, unless that was decided by a `WalletError`. */
export interface AfterTry {
  /** Told of each. */
  readonly onFailed?: (cause: FailureCause) => void;
  /** Whether it is the last, however many are left. Without it none is. */
  readonly isLast?: (cause: FailureCause) => boolean;
}

/**
 * Tries a transaction until it succeeds, fails for good, or has met others too often.
 *
 * @throws a `WalletError` (CONTENTION, DATABASE_UNAVAILABLE, or the transaction's own), or whatever else the
 * transaction's own work made fail.
 */
export async function withAttempts<T>(
  limits: EngineLimits,
  attempt: () => Promise<T>,
  { onFailed, isLast }: AfterTry = {},
): Promise<T> {
  for (let tried = 0; ; tried++) {
    if (tried > 0) await sleep(Math.random() * limits.retryDelayMsBase * 2 ** tried);
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof WalletError) throw error;
      const cause = causeOf(error);
      onFailed?.(cause);
      if (cause === "guilty" || cause === "broken") throw error;
      if (cause === "unavailable") throw databaseUnavailable(error);
      if (tried + 1 >= limits.attemptsMax || isLast?.(cause)) throw contention(tried + 1, error);
    }
  }
}

function causeOf(error: unknown): FailureCause {
  if (error instanceof RerunError) return "premises_gone";
  const kind = kindOfFailure(error);
  return kind === "rerun" ? conflictOf(error) : kind;
}

export function contention(tries: number, cause?: unknown): WalletError {
  return new WalletError(
    "CONTENTION",
    `Others were in the way ${tries} times. Nothing moved; retry with the same key.`,
    {
      metadata: { tries: `${tries}` },
      retryDelayMs: 200,
      cause,
    },
  );
}

function databaseUnavailable(cause: unknown): WalletError {
  return new WalletError(
    "DATABASE_UNAVAILABLE",
    "The database cannot be reached. Nothing moved; retry with the same key.",
    {
      retryDelayMs: 1_000,
      cause,
    },
  );
}
