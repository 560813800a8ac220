import { setTimeout as sleep } from "node:timers/promises";
import { conflictOf, kindOfFailure } from "../db/failure.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { EngineLimits } from "./limits.js";
import type { FailureCause } from "./observer.js";

/** Thrown by a transaction that found its premises gone and moved nothing: it is to be tried again. */
export class RerunError extends Error {
  override name = "RerunError";
}

/**
 * Tries a transaction until it succeeds, fails for good, or has met others too often.
 *
 * @param onFailed called when a try moved nothing, unless that was decided by a `WalletError`.
 * @throws a `WalletError` (CONTENTION, DATABASE_UNAVAILABLE, or the transaction's own), or whatever else the
 * transaction's own work made fail.
 */
export async function withAttempts<T>(
  limits: EngineLimits,
  attempt: () => Promise<T>,
  onFailed: (cause: FailureCause) => void = () => {},
): Promise<T> {
  let last: unknown;
  for (let tried = 0; tried < limits.attemptsMax; tried++) {
    if (tried > 0) await sleep(Math.random() * limits.retryDelayMsBase * 2 ** tried);
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof WalletError) throw error;
      const cause = causeOf(error);
      onFailed(cause);
      if (cause === "guilty" || cause === "broken") throw error;
      if (cause === "unavailable") throw databaseUnavailable(error);
      last = error;
    }
  }
  throw contention(limits.attemptsMax, last);
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
