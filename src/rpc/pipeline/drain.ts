import { WalletError } from "../../ledger/wallet-error.js";

/** Counts the calls in flight, and keeps new ones out once shutdown has begun. */
export interface Drain {
  /** Lets a call in, or throws `SHUTTING_DOWN`. Every call that was let in must leave. */
  enter(): void;
  /** Says that a call that was let in has been answered. */
  leave(): void;
  /** Refuses every new call from now on, and tells those who asked to be told. */
  begin(): void;
  /** Calls back with `SHUTTING_DOWN` once shutdown begins, or at once if it has. Returns how to call it off. */
  onBegin(listener: (reason: WalletError) => void): () => void;
  /** Whether shutdown has begun. */
  readonly draining: boolean;
  /** Calls that were let in and have not left. */
  readonly inFlight: number;
  /** Waits until no call is in flight, and says whether that came to be within the time. */
  drained(timeoutMs: number): Promise<boolean>;
}

const retryDelayMs = 1_000;

/** Makes a drain that is open. */
export function createDrain(): Drain {
  let draining = false;
  let inFlight = 0;
  const waiting = new Set<() => void>();
  const listeners = new Set<(reason: WalletError) => void>();

  return {
    enter() {
      if (draining) throw shuttingDown();
      inFlight += 1;
    },
    leave() {
      inFlight -= 1;
      if (inFlight === 0) for (const wake of waiting) wake();
    },
    begin() {
      draining = true;
      for (const listener of listeners) listener(shuttingDown());
      listeners.clear();
    },
    onBegin(listener) {
      if (draining) listener(shuttingDown());
      else listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get draining() {
      return draining;
    },
    get inFlight() {
      return inFlight;
    },
    async drained(timeoutMs) {
      if (inFlight === 0) return true;
      return new Promise((resolve) => {
        const settle = () => {
          clearTimeout(timer);
          waiting.delete(settle);
          resolve(inFlight === 0);
        };
        const timer = setTimeout(settle, timeoutMs);
        waiting.add(settle);
      });
    },
  };
}

function shuttingDown(): WalletError {
  return new WalletError("SHUTTING_DOWN", "the service is shutting down; nothing moved, try again", {
    retryDelayMs,
  });
}
