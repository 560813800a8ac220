import { WalletError } from "../ledger/wallet-error.js";
import type { Waiting } from "./waiting.js";

/**
 * Refuses work whose caller would be gone before it can be done. Asked before anything is claimed, so a refusal
 * leaves no trace.
 *
 * @param deadlineMs when the caller stops waiting, in milliseconds since 1970; undefined when it did not say.
 * @throws DEADLINE_TOO_SHORT
 */
export function assertInTime(deadlineMs: number | undefined, neededMs: number): void {
  if (deadlineMs === undefined || deadlineMs - Date.now() >= neededMs) return;
  throw new WalletError(
    "DEADLINE_TOO_SHORT",
    `Less than ${neededMs} ms were left when the call's turn came. Nothing moved; retry with the same key and more time.`,
    { metadata: { needed_ms: `${neededMs}` } },
  );
}

/** Those whose callers can wait for so long still. The others are refused. */
export function onlyInTime(taken: readonly Waiting[], neededMs: number): Waiting[] {
  return taken.filter((one) => {
    try {
      assertInTime(one.deadlineMs, neededMs);
      return true;
    } catch (error) {
      one.reject(error);
      return false;
    }
  });
}
