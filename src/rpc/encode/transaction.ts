import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MovementResult } from "../../engine/outcome.js";
import {
  type PostingSchema,
  type TransactionSchema,
  TransactionState,
  TransactionType,
} from "../../gen/wallet/v1/transaction_pb.js";
import type { ProvedPosting } from "../../ledger/posting-proof.js";
import { isRefundable, newRefundTotal, type RefundTotal } from "../../ledger/refund-total.js";
import type { Exchange, Posting, Transaction } from "../../ledger/transaction.js";
import { holderWalletId, systemWalletId } from "../../ledger/wallet.js";
import type { Caller } from "../access/caller.js";
import { encodeMoney, encodeTime, encodeWalletBalance } from "./money.js";

/**
 * A transaction with those of its postings that the caller may read: a `holder` its own, others all.
 *
 * @param total what was given back of it; by default it is as it was when it was posted.
 */
export function encodeTransaction(
  caller: Caller,
  transaction: Transaction,
  postings: readonly Posting[],
  total: RefundTotal = newRefundTotal(transaction),
): MessageInitShape<typeof TransactionSchema> {
  return {
    id: transaction.id,
    type: TransactionType[transaction.type],
    state: TransactionState[transaction.state],
    ...encodeAmount(transaction),
    postings: postings.filter((posting) => mayRead(caller, posting)).map(encodePosting),
    sourceWalletId: transaction.sourceWalletId ?? "",
    destinationWalletId: transaction.destinationWalletId ?? "",
    refusedReason: transaction.refusedReason ?? "",
    externalReference: transaction.externalReference,
    description: transaction.description,
    metadata: { ...transaction.metadata },
    initiatedBy: transaction.initiatedBy,
    onBehalfOf: transaction.onBehalfOf,
    createTime: encodeTime(transaction.createTime),
    ...(transaction.postTime === null ? {} : { postTime: encodeTime(transaction.postTime) }),
    requestId: transaction.requestId,
    originalTransactionId: transaction.originalTransactionId ?? "",
    ...encodeRefunded(transaction, total),
    reversedByTransactionId: total.reversedBy ?? "",
    holdId: transaction.holdId ?? "",
    batchId: transaction.batchId ?? "",
    jobId: transaction.jobId ?? "",
    exchanges: mayReadExchanges(caller, transaction) ? transaction.exchanges.map(encodeExchange) : [],
  };
}

/** The answer to a movement: the transaction, and the balances of the wallets that the caller may read. */
export function encodeMovementResult(caller: Caller, result: MovementResult) {
  return {
    ...(result.transaction !== null && {
      transaction: encodeTransaction(caller, result.transaction, result.postings),
    }),
    balances: result.balances.filter((balance) => mayRead(caller, balance)).map(encodeWalletBalance),
  };
}

export function encodePosting(posting: ProvedPosting): MessageInitShape<typeof PostingSchema> {
  return {
    walletId: posting.walletId,
    postingSeq: posting.postingSeq,
    transactionId: posting.transactionId,
    amount: encodeMoney(posting.asset, posting.amount),
    balanceAfter: encodeMoney(posting.asset, posting.balanceAfter),
    version: posting.version,
    hash: posting.hash,
    postTime: encodeTime(posting.postTime),
  };
}

/** The amount as the request named it: negative for an adjustment that takes something away. */
function encodeAmount({ type, asset, amount, destinationWalletId }: Transaction) {
  if (asset === null || amount === null) return {};
  const isTaken = type === "ADJUSTMENT" && destinationWalletId === systemWalletId(asset, "ADJUSTMENTS");
  return { amount: encodeMoney(asset, isTaken ? -amount : amount) };
}

function encodeRefunded(transaction: Transaction, { refunded }: RefundTotal) {
  if (transaction.asset === null || !isRefundable(transaction)) return {};
  return { refunded: encodeMoney(transaction.asset, refunded) };
}

function encodeExchange({ soldAsset, sold, boughtAsset, bought, rate }: Exchange) {
  return { sold: encodeMoney(soldAsset, sold), bought: encodeMoney(boughtAsset, bought), rate };
}

/** An exchange does not say whose it is: where several holders are concerned, none of them reads it. */
function mayReadExchanges(caller: Caller, { onBehalfOf }: Transaction): boolean {
  return caller.role !== "holder" || onBehalfOf === caller.subject;
}

/** A wallet's id is derived from its holder, so whose it is needs no look-up. */
function mayRead(caller: Caller, { walletId, asset }: { walletId: string; asset: string }): boolean {
  return caller.role !== "holder" || walletId === holderWalletId(asset, caller.subject);
}
