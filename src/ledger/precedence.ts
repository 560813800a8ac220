import type { Reason } from "./reason.js";
import { WalletError } from "./wallet-error.js";

/** The order in which the refusals of one step come, whichever wallet they are about. */
const order: readonly Reason[] = [
  "ASSET_NOT_FOUND",
  "HOLDER_NOT_FOUND",
  "WALLET_NOT_FOUND",
  "ASSET_MISMATCH",
  "ASSET_FROZEN",
  "HOLDER_SUSPENDED",
  "WALLET_FROZEN",
  "WALLET_CLOSED",
  "VERSION_MISMATCH",
  "LIMIT_EXCEEDED",
  "INSUFFICIENT_FUNDS",
  "BALANCE_OVERFLOW",
];

/**
 * Takes one step for each of several items. Of their refusals the one whose reason comes first is thrown, and of two
 * with the same reason the earlier item's: which of two problems is named does not depend on the order of the items.
 */
export function eachInOrder<Item, Result>(items: readonly Item[], step: (item: Item) => Result): Result[] {
  const results: Result[] = [];
  let first: WalletError | undefined;
  for (const item of items) {
    try {
      results.push(step(item));
    } catch (error) {
      if (!(error instanceof WalletError)) throw error;
      if (first === undefined || order.indexOf(error.reason) < order.indexOf(first.reason)) first = error;
    }
  }
  if (first !== undefined) throw first;
  return results;
}
