import type { IntegrityFinding } from "../../ledger/integrity.js";
import type { Session } from "../session.js";
import { findBroken } from "./finding.js";
import type { TransactionRange } from "./transactions.js";

/** A type says between which wallets value moves, or what the transaction answers. */
const statement = `
select 'TRANSACTION_BALANCED' as rule, t.asset, null as wallet_id, null as posting_seq, t.id as transaction_id,
  'another type' as expected, t.type as actual,
  format('Transaction %s is called %s, and does not move value as such a one does.', t.id, t.type) as message
from transactions t
left join lateral (select one.system_role as role from wallets one where one.id = t.source_wallet_id) as s on true
left join lateral (select one.system_role as role from wallets one where one.id = t.destination_wallet_id) as d on true
where t.id > $1 and t.id <= $2 and t.state = 'POSTED' and ($3::text is null or t.asset = $3)
  and not coalesce(case t.type
    when 'TOP_UP' then s.role = 'TREASURY'
    when 'WITHDRAWAL' then d.role = 'TREASURY'
    when 'SPEND' then d.role = 'REVENUE'
    when 'BONUS' then s.role = 'PROMOTIONS'
    when 'ADJUSTMENT' then s.role = 'ADJUSTMENTS' or d.role = 'ADJUSTMENTS'
    when 'TRANSFER' then 'TREASURY' not in (coalesce(s.role, ''), coalesce(d.role, '')) and t.hold_id is null
      and t.original_transaction_id is null
    when 'CAPTURE' then t.hold_id is not null
    when 'REFUND' then t.original_transaction_id is not null
    when 'REVERSAL' then t.original_transaction_id is not null
    else true end, false)
order by t.id`;

/** Verifies the types of a range of transactions: what came in and went out is added up by them. */
export function findWrongTypes(
  session: Session,
  { after, through, asset }: Omit<TransactionRange, "runId">,
): Promise<IntegrityFinding[]> {
  return findBroken(session, statement, [after, through, asset]);
}
