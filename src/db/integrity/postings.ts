import type { IntegrityFinding } from "../../ledger/integrity.js";
import type { Session } from "../session.js";
import { plainArray } from "../sql.js";
import type { Span } from "./chains.js";
import { findBroken } from "./finding.js";

/**
 * Finds postings whose transaction is not there, was refused, does not name them, or has another time. The limit keeps
 * each transaction one look-up by primary key in the one partition that has it.
 */
const statement = `
with belonging as (
  select p.*, t.id, t.state, t.post_time as transaction_time,
    coalesce(t.posting_seqs[array_position(t.wallet_ids, p.wallet_id)] = p.posting_seq
      or exists (select from unnest(t.wallet_ids, t.posting_seqs) as named (wallet_id, posting_seq)
        where named.wallet_id = p.wallet_id and named.posting_seq = p.posting_seq), false) as named
  from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as s (wallet_id, above, through)
  cross join lateral (select * from postings one where one.wallet_id = s.wallet_id
    and one.posting_seq > s.above and one.posting_seq <= s.through offset 0) as p
  left join lateral (select * from transactions one where one.id = p.transaction_id limit 1) as t on true
)
select f.rule, f.message, b.asset, b.wallet_id, b.posting_seq, b.transaction_id, f.expected, f.actual
from (select * from belonging where id is null or state <> 'POSTED' or not named or post_time <> transaction_time) as b,
  lateral (values
    ('TRANSACTION_BALANCED', b.id is null, 'a transaction', 'nothing',
      format('Posting %s of wallet %s is of transaction %s, which does not exist.', b.posting_seq, b.wallet_id,
        b.transaction_id)),
    ('TRANSACTION_BALANCED', b.state <> 'POSTED', 'POSTED', b.state,
      format('Posting %s of wallet %s is of transaction %s, which was refused.', b.posting_seq, b.wallet_id,
        b.transaction_id)),
    ('TRANSACTION_BALANCED', b.state = 'POSTED' and not b.named, 'a transaction that names the posting',
      'one that does not',
      format('Posting %s of wallet %s is of transaction %s, which does not name it.', b.posting_seq, b.wallet_id,
        b.transaction_id)),
    ('POST_TIME_ORDER', b.post_time <> b.transaction_time, b.transaction_time::text, b.post_time::text,
      format('Posting %s of wallet %s has another time than its transaction %s.', b.posting_seq, b.wallet_id,
        b.transaction_id))
  ) as f (rule, is_broken, expected, actual, message)
where f.is_broken
order by b.wallet_id, b.posting_seq`;

/** Verifies that each posting of these runs belongs to a transaction that says so. */
export function findStrayPostings(session: Session, spans: readonly Span[]): Promise<IntegrityFinding[]> {
  return findBroken(session, statement, [
    plainArray(spans.map(({ walletId }) => walletId)),
    plainArray(spans.map(({ above }) => above)),
    plainArray(spans.map(({ through }) => through)),
  ]);
}
