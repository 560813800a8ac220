import type { RefundTotal } from "../ledger/refund-total.js";
import type { Pool } from "./pool.js";
import { readPrepared } from "./read.js";
import { plainArray } from "./sql.js";

export interface RefundTotalRow {
  transaction_id: string;
  amount: string;
  refunded: string;
  reversed_by: string | null;
}

export const refundTotalColumns = "r.transaction_id, r.amount, r.refunded, r.reversed_by";

/** What was given back of these transactions; nothing for those of which nothing was. */
export async function findRefundTotals(
  reader: Pool,
  transactionIds: readonly string[],
): Promise<RefundTotal[]> {
  const rows = await readPrepared<RefundTotalRow>(
    reader,
    `select ${refundTotalColumns} from refund_totals r where r.transaction_id = any($1::uuid[])`,
    [plainArray(transactionIds)],
  );
  return rows.map(toRefundTotal);
}

export function toRefundTotal(row: RefundTotalRow): RefundTotal {
  return {
    transactionId: row.transaction_id,
    amount: BigInt(row.amount),
    refunded: BigInt(row.refunded),
    reversedBy: row.reversed_by,
  };
}
