import type { Reader } from "../db/database.js";
import { findRefundTotals } from "../db/refund-totals.js";
import type { TransactionRecord } from "../db/transactions.js";
import type { Caller } from "./access/caller.js";
import { encodeTransaction } from "./encode/transaction.js";

/** Transactions as a read answers them, with what was given back of them since: one look-up for all. */
export async function answerTransactions(
  reader: Reader,
  caller: Caller,
  records: readonly TransactionRecord[],
): Promise<ReturnType<typeof encodeTransaction>[]> {
  const posted = records.map(({ transaction }) => transaction).filter(({ state }) => state === "POSTED");
  const ids = posted.map(({ id }) => id);
  const found = ids.length === 0 ? [] : await findRefundTotals(reader, ids);
  const totals = new Map(found.map((total) => [total.transactionId, total]));
  return records.map(({ transaction, postings }) =>
    encodeTransaction(caller, transaction, postings, totals.get(transaction.id)),
  );
}
