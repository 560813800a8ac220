import type { IntegrityFinding } from "../../ledger/integrity.js";
import type { Session } from "../session.js";
import { findBroken } from "./finding.js";
import type { TransactionRange } from "./transactions.js";

/**
 * Finds refunds and reversals that answer nothing, or of which their original's total knows nothing.
 *
 * What such a statement compares is written in one transaction, so it sees all of it at one instant.
 */
const corrections = `
select 'REFUND_TOTAL' as rule, t.asset, null as wallet_id, null as posting_seq, t.id as transaction_id,
  case when o.id is null then 'a posted transaction' else 'a total that counts it' end as expected,
  case when o.id is null then 'nothing' else 'none' end as actual,
  case when o.id is null then format('%s %s answers transaction %s, which was not posted.', initcap(t.type), t.id,
      coalesce(t.original_transaction_id::text, 'none'))
    else format('%s %s is not counted by the refund total of transaction %s.', initcap(t.type), t.id, o.id) end as message
from transactions t
left join lateral (select one.id from transactions one where one.id = t.original_transaction_id
  and one.state = 'POSTED' limit 1) as o on true
left join lateral (select one.* from refund_totals one where one.transaction_id = t.original_transaction_id limit 1) as r
  on true
where t.id > $1 and t.id <= $2 and t.state = 'POSTED' and t.type in ('REFUND', 'REVERSAL')
  and ($3::text is null or t.asset = $3)
  and (o.id is null or case t.type when 'REFUND' then coalesce(r.refunded, 0) = 0
    else r.reversed_by is distinct from t.id end)
order by t.id`;

/** Finds totals that are not the sum of the refunds, or that exceed what was paid. */
const totals = `
with total as (
  select r.*, o.id, o.asset, o.amount as paid, s.given_back, s.reversal,
    case when o.type in ('SPEND', 'WITHDRAWAL', 'TRANSFER', 'PAYOUT') then o.amount when o.id is not null then 0 end
      as refundable
  from refund_totals r
  left join lateral (select one.* from transactions one where one.id = r.transaction_id and one.state = 'POSTED' limit 1)
    as o on true
  cross join lateral (select coalesce(sum(c.amount) filter (where c.type = 'REFUND'), 0) as given_back,
      (array_agg(c.id order by c.id) filter (where c.type = 'REVERSAL')) as reversal
    from transactions c where c.original_transaction_id = r.transaction_id and c.state = 'POSTED') as s
  where r.transaction_id > $1 and r.transaction_id <= $2 and ($3::text is null or o.asset = $3)
)
select f.rule, f.message, t.asset, null as wallet_id, null as posting_seq, t.transaction_id, f.expected, f.actual
from total t, lateral (values
    ('REFUND_TOTAL', t.id is null, 'a posted transaction', 'nothing',
      format('There is a refund total of transaction %s, which was not posted.', t.transaction_id)),
    ('REFUND_TOTAL', t.refunded <> t.given_back, t.given_back::text, t.refunded::text,
      format('The refund total of transaction %s is %s, and its refunds come to %s.', t.transaction_id, t.refunded,
        t.given_back)),
    ('REFUND_TOTAL', t.given_back > t.paid, format('at most %s', t.paid), t.given_back::text,
      format('The refunds of transaction %s come to %s, more than the %s that it moved.', t.transaction_id, t.given_back,
        t.paid)),
    ('REFUND_TOTAL', t.amount <> t.refundable, t.refundable::text, t.amount::text,
      format('The refund total of transaction %s says that %s can be given back, and that is %s.', t.transaction_id,
        t.amount, t.refundable)),
    ('REFUND_TOTAL', coalesce(array[t.reversed_by] <> t.reversal, t.reversed_by is not null or t.reversal is not null),
      coalesce(array_to_string(t.reversal, ', '), ''), coalesce(t.reversed_by::text, ''),
      format('The refund total of transaction %s names %s as its reversal, and not %s.', t.transaction_id,
        coalesce(t.reversed_by::text, 'nothing'), coalesce(array_to_string(t.reversal, ', '), 'nothing')))
  ) as f (rule, is_broken, expected, actual, message)
where f.is_broken
order by t.transaction_id`;

/** Verifies the refunds and reversals of a range of transactions. */
export function findLooseCorrections(
  session: Session,
  { after, through, asset }: TransactionRange,
): Promise<IntegrityFinding[]> {
  return findBroken(session, corrections, [after, through, asset]);
}

/** Verifies the refund totals of a range of transactions. */
export function findWrongTotals(
  session: Session,
  { after, through, asset }: Omit<TransactionRange, "runId">,
): Promise<IntegrityFinding[]> {
  return findBroken(session, totals, [after, through, asset]);
}

/** The last transaction of the next `count` refund totals; null when there is none. */
export async function lastOfTotals(session: Session, after: string, count: number): Promise<string | null> {
  const [row] = await session.send<{ id: string }>(
    `select transaction_id as id from (select r.transaction_id from refund_totals r where r.transaction_id > $1
       order by r.transaction_id limit $2) as next
     order by transaction_id desc limit 1`,
    [after, count],
  );
  return row?.id ?? null;
}
