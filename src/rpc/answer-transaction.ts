import type { CurrentTransaction } from "../db/transactions.js";
import type { Caller } from "./access/caller.js";
import { encodeTransaction } from "./encode/transaction.js";

/** A transaction as a read answers it, with what was given back of it since. */
export function answerTransaction(
  caller: Caller,
  { transaction, postings, refundTotal }: CurrentTransaction,
): ReturnType<typeof encodeTransaction> {
  return encodeTransaction(caller, transaction, postings, refundTotal);
}
