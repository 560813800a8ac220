import type { Command } from "./command.js";
import { checkNotReversed, notRefundable, originalOf, refundTotalOf } from "./correction.js";
import { addressOfWallet, type RefundMovement } from "./movement.js";
import type { Posted } from "./plan.js";
import { postAll } from "./post.js";
import { plainOutline, transactionOf } from "./record.js";
import { isRefundable, type RefundTotal, refundableOf } from "./refund-total.js";
import {
  checkAsset,
  checkFunds,
  checkParties,
  checkReference,
  checkRoom,
  checkVersion,
  resolveWallet,
} from "./rules.js";
import type { LedgerState } from "./state.js";
import type { Outline, Transaction } from "./transaction.js";
import type { Wallet } from "./wallet.js";
import { WalletError } from "./wallet-error.js";
import { checkCeiling } from "./wallet-limits.js";

/** The two wallets of a refund. */
export interface RefundParties {
  /** The wallet that received, and gives back. */
  readonly giver: Wallet;
  /** The wallet that paid, and gets it back. */
  readonly receiver: Wallet;
}

/** Plans to give back part or all of an earlier transaction. */
export function planRefund(state: LedgerState, command: Command, movement: RefundMovement): Posted {
  const { transaction } = originalOf(movement);
  const { asset } = transaction;
  if (movement.amount !== null && asset !== null && movement.amount.asset !== asset)
    throw otherAsset(transaction.id, asset, movement.amount.asset);
  if (!isRefundable(transaction))
    throw notRefundable(transaction, "only a posted SPEND, WITHDRAWAL, TRANSFER or PAYOUT can be refunded.");
  const total = refundTotalOf(state, transaction);
  checkNotReversed(total);
  const parties = refundParties(state, transaction);
  checkReference(state, command);
  checkVersion(parties.giver, movement.expectedVersion);
  const units = movement.amount?.units ?? refundableOf(total);
  if (units > refundableOf(total) || units === 0n) throw amountExceeded(transaction, total, units);
  return giveBack(state, command, transaction, parties, units);
}

/**
 * The wallets of a refund of this transaction, which can be refunded.
 *
 * @throws ASSET_FROZEN, HOLDER_SUSPENDED, WALLET_FROZEN or WALLET_CLOSED when one of them may not be moved.
 */
export function refundParties(state: LedgerState, transaction: Transaction): RefundParties {
  const asset = transaction.asset ?? "";
  const giver = resolveWallet(state, asset, addressOfWallet(transaction.destinationWalletId ?? ""));
  const receiver = resolveWallet(state, asset, addressOfWallet(transaction.sourceWalletId ?? ""));
  checkAsset(state, asset);
  checkParties([giver, receiver]);
  return { giver, receiver };
}

/**
 * Gives back this many units, at least 1 and at most what is still refundable, whatever kind of command asks for it.
 *
 * @throws LIMIT_EXCEEDED (a ceiling), INSUFFICIENT_FUNDS or BALANCE_OVERFLOW
 */
export function giveBack(
  state: LedgerState,
  command: Command,
  original: Transaction,
  { giver, receiver }: RefundParties,
  units: bigint,
): Posted {
  checkCeiling(receiver, units);
  checkFunds(giver, units);
  checkRoom(receiver, units);
  const total = refundTotalOf(state, original);
  const { postings, wallets, postTime } = postAll(
    state,
    command.claim.operationId,
    [giver, receiver],
    [
      { walletId: giver.id, amount: -units },
      { walletId: receiver.id, amount: units },
    ],
  );
  const outcome = { state: "POSTED", refusedReason: null, postTime } as const;
  return {
    kind: "accepted",
    command,
    transaction: transactionOf(state, command, refundOutlineOf(original, units), outcome),
    postings,
    wallets,
    hold: null,
    refundTotal: { ...total, refunded: total.refunded + units },
    job: null,
    operation: null,
  };
}

/** What a refused refund would have been; null when there is no transaction that it could answer. */
export function refundOutline({ original, amount }: RefundMovement): Outline | null {
  return original === null ? null : refundOutlineOf(original.transaction, amount?.units ?? null);
}

/** What a refund of a transaction says it moves. */
export function refundOutlineOf(original: Transaction, amount: bigint | null): Outline {
  return {
    ...plainOutline,
    type: "REFUND",
    asset: original.asset,
    amount,
    sourceWalletId: original.destinationWalletId,
    destinationWalletId: original.sourceWalletId,
    originalTransactionId: original.id,
    jobId: original.jobId,
  };
}

function otherAsset(transactionId: string, asset: string, named: string): WalletError {
  return new WalletError(
    "ASSET_MISMATCH",
    `Transaction ${transactionId} moved ${asset}, not ${named}. Refund it in its own asset.`,
    { metadata: { transaction_id: transactionId, transaction_asset: asset, asset: named } },
  );
}

function amountExceeded(original: Transaction, total: RefundTotal, units: bigint): WalletError {
  const { id, asset } = original;
  const refundable = refundableOf(total);
  const asked = units === 0n ? "" : ` ${units} were asked for.`;
  return new WalletError(
    "REFUND_AMOUNT_EXCEEDED",
    `Of the ${total.amount} ${asset} of transaction ${id}, ${total.refunded} were refunded and ${refundable} are left.${asked}`,
    {
      metadata: {
        transaction_id: id,
        asset: asset ?? "",
        amount_units: `${total.amount}`,
        refunded_units: `${total.refunded}`,
        refundable_units: `${refundable}`,
        ...(units === 0n ? {} : { requested_units: `${units}` }),
      },
    },
  );
}
