import type { RefundMovement, ReversalMovement } from "./movement.js";
import type { Original } from "./original.js";
import { newRefundTotal, type RefundTotal, refundableOf } from "./refund-total.js";
import { transactionNotFound } from "./rules.js";
import type { LedgerState } from "./state.js";
import type { Transaction } from "./transaction.js";
import { WalletError } from "./wallet-error.js";

/**
 * The transaction that a refund or a reversal answers.
 *
 * @throws TRANSACTION_NOT_FOUND
 */
export function originalOf({ original, originalId }: RefundMovement | ReversalMovement): Original {
  if (original === null) throw transactionNotFound(originalId);
  return original;
}

/** What was given back of a transaction whose wallets are locked. */
export function refundTotalOf(state: LedgerState, transaction: Transaction): RefundTotal {
  return state.refundTotals.get(transaction.id) ?? newRefundTotal(transaction);
}

/** @throws ALREADY_REVERSED */
export function checkNotReversed({ transactionId, reversedBy }: RefundTotal): void {
  if (reversedBy === null) return;
  throw new WalletError(
    "ALREADY_REVERSED",
    `Transaction ${transactionId} was undone by reversal ${reversedBy}. There is nothing left to give back.`,
    { metadata: { transaction_id: transactionId, reversed_by_transaction_id: reversedBy } },
  );
}

/** For a transaction that can never be refunded or reversed, because of what it is. */
export function notRefundable({ id, type, state }: Transaction, why: string): WalletError {
  return new WalletError("NOT_REFUNDABLE", `Transaction ${id} is a ${type}, ${state}: ${why}`, {
    metadata: { transaction_id: id, type, state },
  });
}

/** For a transaction that can be refunded further, but no longer be undone whole. */
export function refundedAlready({ id, type, state, asset }: Transaction, total: RefundTotal): WalletError {
  const refundable = refundableOf(total);
  return new WalletError(
    "NOT_REFUNDABLE",
    `Transaction ${id} cannot be reversed: ${total.refunded} of its ${total.amount} ${asset} were refunded. Refund the ${refundable} that are left.`,
    {
      metadata: {
        transaction_id: id,
        type,
        state,
        asset: asset ?? "",
        amount_units: `${total.amount}`,
        refunded_units: `${total.refunded}`,
        refundable_units: `${refundable}`,
      },
    },
  );
}
