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
    "This operation is being applied by another process, or one before it has yet to be applied. Nothing moved; try again.",
    { retryDelayMs: 100 },
  );
}

/** Why no more is taken for now, by the poster or as an act. */
export function overloaded(queueMax: number): WalletError {
  return new WalletError(
    "OVERLOADED",
    `${queueMax} calls are waiting already. Nothing moved; retry with the same key.`,
    {
      metadata: { queue_max: `${queueMax}` },
      retryDelayMs: 500,
    },
  );
}
