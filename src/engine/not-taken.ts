import { WalletError } from "../ledger/wallet-error.js";

/** Why the poster takes nothing any more. */
export function shuttingDown(): WalletError {
  return new WalletError(
    "SHUTTING_DOWN",
    "The service is shutting down. Nothing moved; retry with the same key.",
    {
      retryDelayMs: 1_000,
    },
  );
}

/** Why a queued operation is not applied yet. */
export function behind(): WalletError {
  return new WalletError(
    "CONTENTION",
    "An operation that was accepted before this one has yet to be applied. Nothing moved; try again after it.",
    { retryDelayMs: 100 },
  );
}

/** Why the poster takes no more for now. */
export function overloaded(queueMax: number): WalletError {
  return new WalletError(
    "OVERLOADED",
    `${queueMax} commands are waiting already. Nothing moved; retry with the same key.`,
    {
      metadata: { queue_max: `${queueMax}` },
      retryDelayMs: 500,
    },
  );
}
