import type { RefundTotal } from "../ledger/refund-total.js";
import { type RefundTotalRow, toRefundTotal } from "./rows.js";
import type { Session } from "./session.js";
import { plainArray } from "./sql.js";

/**
 * What was given back of these transactions; nothing for those of which nothing was. The locks on their wallets guard
 * it, so it must be read after those were obtained.
 */
export async function readRefundTotals(
  session: Session,
  transactionIds: Iterable<string>,
): Promise<RefundTotal[]> {
  const rows = await session.send<RefundTotalRow>(
    `select transaction_id, amount, refunded, reversed_by from refund_totals where transaction_id = any($1::uuid[])`,
    [plainArray(transactionIds)],
  );
  return rows.map(toRefundTotal);
}

/** Writes totals, each transaction once. The values are absolute: the locks on its wallets make them right. */
export async function writeRefundTotals(session: Session, totals: readonly RefundTotal[]): Promise<void> {
  await session.send(
    `insert into refund_totals (transaction_id, amount, refunded, reversed_by)
     select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[])
     on conflict (transaction_id) do update set refunded = excluded.refunded, reversed_by = excluded.reversed_by`,
    [
      plainArray(totals.map((total) => total.transactionId)),
      plainArray(totals.map((total) => total.amount)),
      plainArray(totals.map((total) => total.refunded)),
      plainArray(totals.map((total) => total.reversedBy)),
    ],
  );
}
