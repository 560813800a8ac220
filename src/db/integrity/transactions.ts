import type { IntegrityFinding } from "../../ledger/integrity.js";
import type { Session } from "../session.js";
import { findBroken } from "./finding.js";

/** Which transactions a step verifies, by their ids: those behind one, up to another. */
export interface TransactionRange {
  readonly runId: string;
  /** Only transactions of this asset, and those over several of which it is one; null for all. */
  readonly asset: string | null;
  readonly after: string;
  readonly through: string;
}

/** What a step's transactions say that moved, of those that belong to the snapshot. */
export interface AssetTally {
  readonly asset: string;
  /** Top-ups less withdrawals, net of their refunds and reversals, in smallest units. */
  readonly deposits: bigint;
  readonly postings: bigint;
}

/** The id below every other. */
export const lowestTransactionId = "00000000-0000-0000-0000-000000000000";

const ofAsset = `($4::text is null or t.asset = $4 or t.asset is null and exists (select from integrity_heads h
  where h.run_id = $1 and h.wallet_id = any(t.wallet_ids)))`;

/** The postings that a range's transactions name; what is null of one is not there. */
const named = `
named as materialized (
  select t.id, t.type, t.asset, t.amount, t.source_wallet_id, t.destination_wallet_id, n.wallet_id, n.posting_seq,
    p.transaction_id, p.asset as posted_asset, p.amount as posted
  from transactions t
  left join lateral unnest(t.wallet_ids, t.posting_seqs) as n (wallet_id, posting_seq) on true
  left join lateral (select * from postings one where one.wallet_id = n.wallet_id
    and one.posting_seq = n.posting_seq offset 0) as p on true
  where t.id > $2 and t.id <= $3 and t.state = 'POSTED' and ${ofAsset}
)`;

/** A transaction as its postings tell it; even when they are all there and sum to zero. A compound one has no amount. */
const summed = `
summed as (
  select n.id, n.asset, n.amount, n.source_wallet_id, n.destination_wallet_id,
    bool_and(n.transaction_id is not distinct from n.id) and coalesce(sum(n.posted), 0) = 0 as even,
    coalesce(sum(n.posted) filter (where n.posted > 0), 0) as credited,
    bool_or(n.wallet_id = n.source_wallet_id and n.posted < 0) as from_source,
    bool_or(n.wallet_id = n.destination_wallet_id and n.posted > 0) as to_destination
  from named n group by n.id, n.asset, n.amount, n.source_wallet_id, n.destination_wallet_id
)`;

const statement = `
with ${named}, ${summed}
select 'TRANSACTION_BALANCED' as rule, coalesce(n.posted_asset, n.asset) as asset, n.wallet_id, n.posting_seq,
  n.id as transaction_id, 'a posting of this transaction' as expected,
  case when n.transaction_id is null then 'nothing' else format('one of transaction %s', n.transaction_id) end as actual,
  case when n.wallet_id is null then format('Transaction %s was posted, and names no posting.', n.id)
    when n.transaction_id is null then format('Transaction %s names posting %s of wallet %s, which is missing.', n.id,
      n.posting_seq, n.wallet_id)
    else format('Transaction %s names posting %s of wallet %s, which is of transaction %s.', n.id, n.posting_seq,
      n.wallet_id, n.transaction_id) end as message
from named n where n.transaction_id is distinct from n.id
union all
select 'TRANSACTION_BALANCED', n.posted_asset, null, null, n.id, '0', sum(n.posted)::text,
  format('The postings of transaction %s come to %s %s, and not to zero.', n.id, sum(n.posted), n.posted_asset)
from named n where n.transaction_id = n.id group by n.id, n.posted_asset having sum(n.posted) <> 0
union all
select 'TRANSACTION_BALANCED', s.asset, null, null, s.id, s.amount::text, s.credited::text,
  format('Transaction %s says that %s %s moved, and its postings that %s did.', s.id, s.amount, s.asset, s.credited)
from summed s where s.even and s.amount <> s.credited
union all
select 'TRANSACTION_BALANCED', s.asset, coalesce(s.source_wallet_id, s.destination_wallet_id), null, s.id,
  'a posting of its source and its destination', 'other postings',
  format('Transaction %s says it went from wallet %s to wallet %s, and its postings do not.', s.id,
    coalesce(s.source_wallet_id::text, 'none'), coalesce(s.destination_wallet_id::text, 'none'))
from summed s where s.even and not coalesce((s.source_wallet_id is null or s.from_source)
  and (s.destination_wallet_id is null or s.to_destination), false)
order by transaction_id, posting_seq`;

/**
 * Verifies that the postings which transactions name are there, are theirs, and sum to zero and to the amount. Postings
 * are committed with their transaction, so that one statement sees either both or neither.
 */
export function findUnbalanced(session: Session, range: TransactionRange): Promise<IntegrityFinding[]> {
  return findBroken(session, statement, parametersOf(range));
}

/** What transactions of a snapshot moved into and out of an asset: those whose postings are not beyond its heads. */
const tally = `
select t.asset, coalesce(sum(cardinality(t.wallet_ids)), 0) as postings, coalesce(sum(case
    when t.type = 'TOP_UP' or t.type in ('REFUND', 'REVERSAL') and o.type = 'WITHDRAWAL' then t.amount
    when t.type = 'WITHDRAWAL' or t.type = 'REVERSAL' and o.type = 'TOP_UP' then -t.amount end), 0) as deposits
from transactions t
cross join lateral (select posting_seq from integrity_heads one where one.run_id = $1
  and one.wallet_id = t.wallet_ids[1] limit 1) as h
left join lateral (select one.type from transactions one where one.id = t.original_transaction_id limit 1) as o on true
where t.id > $2 and t.id <= $3 and t.state = 'POSTED' and ${ofAsset} and t.posting_seqs[1] <= h.posting_seq
group by t.asset`;

/** Adds up what the transactions of a range say. */
export async function tallyTransactions(session: Session, range: TransactionRange): Promise<AssetTally[]> {
  const rows = await session.send<{ asset: string | null; postings: string; deposits: string }>(
    tally,
    parametersOf(range),
  );
  return rows.map((row) => ({
    asset: row.asset ?? "",
    postings: BigInt(row.postings),
    deposits: BigInt(row.deposits),
  }));
}

/** The id of the last of the next `count` transactions, up to a last one; null when there is none. */
export async function lastOfTransactions(
  session: Session,
  { after, last, count }: { after: string; last: string; count: number },
): Promise<string | null> {
  const [row] = await session.send<{ id: string }>(
    `select id from (select t.id from transactions t where t.id > $1 and t.id <= $2 order by t.id limit $3) as next
     order by id desc limit 1`,
    [after, last, count],
  );
  return row?.id ?? null;
}

function parametersOf({ runId, after, through, asset }: TransactionRange): unknown[] {
  return [runId, after, through, asset];
}
