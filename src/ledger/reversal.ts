import { fitsBalance } from "./amount.js";
import type { Command } from "./command.js";
import { checkNotReversed, notRefundable, originalOf, refundedAlready, refundTotalOf } from "./correction.js";
import { waiveFloor } from "./floor-waiver.js";
import { addressOfWallet, type ReversalMovement } from "./movement.js";
import { assetsOf, type Original } from "./original.js";
import type { Posted } from "./plan.js";
import { type Leg, postAll } from "./post.js";
import { plainOutline, transactionOf } from "./record.js";
import type { RefundTotal } from "./refund-total.js";
import {
  balanceOverflow,
  checkAsset,
  checkFunds,
  checkParties,
  checkReference,
  resolveWallet,
} from "./rules.js";
import type { LedgerState } from "./state.js";
import type { Outline } from "./transaction.js";
import type { Wallet } from "./wallet.js";
import { checkCeiling } from "./wallet-limits.js";

/** Plans to undo an earlier transaction whole: each of its postings negated. */
export function planReversal(state: LedgerState, command: Command, movement: ReversalMovement): Posted {
  const original = originalOf(movement);
  const total = refundTotalOf(state, original.transaction);
  checkReversible(original, total);
  for (const asset of assetsOf(original)) checkAsset(state, asset);
  const wallets = walletsOf(state, original);
  checkParties(wallets);
  checkReference(state, command);
  const legs = reversedLegs(original);
  for (const wallet of wallets) checkRaised(wallet, changeOf(wallet, legs));
  const ready = wallets.map((wallet) =>
    readyToGive(wallet, changeOf(wallet, legs), movement.allowBelowFloor),
  );
  for (const wallet of wallets) checkFit(wallet, legs);

  const { postTime, ...posted } = postAll(state, command.claim.operationId, ready, legs);
  const outcome = { state: "POSTED", refusedReason: null, postTime } as const;
  const transaction = transactionOf(state, command, outlineOf(original), outcome);
  return {
    kind: "accepted",
    command,
    transaction,
    ...posted,
    hold: null,
    refundTotal: { ...total, reversedBy: transaction.id },
    job: null,
    operation: null,
  };
}

/** What a refused reversal would have been; null when there is no transaction that it could answer. */
export function reversalOutline({ original }: ReversalMovement): Outline | null {
  return original === null ? null : outlineOf(original);
}

function outlineOf({ transaction }: Original): Outline {
  return {
    ...plainOutline,
    type: "REVERSAL",
    asset: transaction.asset,
    amount: transaction.amount,
    sourceWalletId: transaction.destinationWalletId,
    destinationWalletId: transaction.sourceWalletId,
    originalTransactionId: transaction.id,
    jobId: transaction.jobId,
  };
}

function checkReversible({ transaction }: Original, total: RefundTotal): void {
  checkNotReversed(total);
  if (transaction.state === "REFUSED")
    throw notRefundable(transaction, "nothing moved that could be undone.");
  if (transaction.type === "REFUND" || transaction.type === "REVERSAL")
    throw notRefundable(transaction, "a refund or a reversal cannot be reversed.");
  if (total.refunded > 0n) throw refundedAlready(transaction, total);
}

/** The wallets that the original posted to, each once, in the order in which the reversal posts to them. */
function walletsOf(state: LedgerState, original: Original): Wallet[] {
  const assets = new Map(original.postings.map(({ walletId, asset }) => [walletId, asset]));
  const ids = new Set(reversedLegs(original).map(({ walletId }) => walletId));
  return [...ids].map((id) => resolveWallet(state, assets.get(id) ?? "", addressOfWallet(id)));
}

/**
 * The postings negated, debits first: a credit between two debits of one wallet would take a waiver away that the
 * second one needs.
 */
function reversedLegs({ postings }: Original): Leg[] {
  const legs = postings.map(({ walletId, amount }) => ({ walletId, amount: -amount }));
  return [...legs.filter(({ amount }) => amount < 0n), ...legs.filter(({ amount }) => amount > 0n)];
}

/** A ceiling holds for what comes back, too; limits on what goes out do not. */
function checkRaised(wallet: Wallet, change: bigint): void {
  if (change > 0n) checkCeiling(wallet, change);
}

/** By how much the legs together change a wallet. */
function changeOf({ id }: Wallet, legs: readonly Leg[]): bigint {
  return legs.reduce((sum, { walletId, amount }) => (walletId === id ? sum + amount : sum), 0n);
}

/** Whether a wallet's balance fits into 64 bits after its debits, and after the credits that follow them. */
function checkFit(wallet: Wallet, legs: readonly Leg[]): void {
  const debits = legs.filter(({ amount }) => amount < 0n);
  const debited = -changeOf(wallet, debits);
  if (!fitsBalance(wallet.balance - debited)) throw balanceOverflow(wallet, debited);
  const change = changeOf(wallet, legs);
  if (!fitsBalance(wallet.balance + change)) throw balanceOverflow(wallet, change);
}

function readyToGive(wallet: Wallet, change: bigint, allowBelowFloor: boolean): Wallet {
  if (change >= 0n) return wallet;
  if (allowBelowFloor) return waiveFloor(wallet, -change);
  checkFunds(wallet, -change);
  return wallet;
}
