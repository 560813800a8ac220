import type { TransactionQuery } from "../../src/db/transaction-list.js";

/** The first page, of the usual size, of all transactions there are. */
export const allTransactions: TransactionQuery = {
  walletIds: null,
  touching: null,
  below: null,
  batchId: null,
  jobId: null,
  asset: null,
  types: [],
  state: null,
  start: null,
  end: null,
  externalReference: null,
  metadata: null,
  afterId: null,
  limit: 51,
};
