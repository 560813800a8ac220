import type { IntegrityFinding } from "../../ledger/integrity.js";
import type { Session } from "../session.js";
import { plainArray } from "../sql.js";
import { findBroken } from "./finding.js";

/**
 * Compares wallets, as they are at this moment, with their open holds, and looks for postings that are numbered beyond
 * them. One statement sees both sides at one instant, so that it need not be that of the check's snapshot.
 * Each wallet is looked up by itself: without statistics of what was just captured, a join would read all of it.
 */
const statement = `
with wallet as materialized (
  select h.wallet_id, h.asset, w.id, w.held, w.posting_seq,
    (select coalesce(sum(o.amount - o.captured), 0) from holds o
      where o.wallet_id = h.wallet_id and o.state = 'ACTIVE') as open,
    (select min(p.posting_seq) from postings p
      where p.wallet_id = h.wallet_id and p.posting_seq > w.posting_seq) as beyond
  from unnest($2::uuid[]) as named (wallet_id)
  cross join lateral (select * from integrity_heads one
    where one.run_id = $1 and one.wallet_id = named.wallet_id offset 0) as h
  left join lateral (select * from wallets one where one.id = named.wallet_id offset 0) as w on true
)
select f.rule, f.message, w.asset, w.wallet_id, f.posting_seq, null as transaction_id, f.expected, f.actual
from (select * from wallet where id is null or held <> open or beyond is not null) as w,
  lateral (values
    ('POSTING_SEQUENCE', w.id is null, null, 'a wallet', 'nothing',
      format('Wallet %s was deleted during the check.', w.wallet_id)),
    ('HELD_BALANCE', w.held <> w.open, null, w.open::text, w.held::text,
      format('Wallet %s holds %s, and its open holds come to %s.', w.wallet_id, w.held, w.open)),
    ('POSTING_SEQUENCE', w.beyond is not null, w.beyond, format('at most posting %s', w.posting_seq),
      format('posting %s', w.beyond),
      format('Posting %s of wallet %s is beyond the last one that the wallet knows, %s.', w.beyond, w.wallet_id,
        w.posting_seq))
  ) as f (rule, is_broken, posting_seq, expected, actual, message)
where f.is_broken
order by w.wallet_id`;

/** Verifies what wallets hold, and that nothing is posted beyond them. */
export function findBrokenHoldings(
  session: Session,
  runId: string,
  walletIds: readonly string[],
): Promise<IntegrityFinding[]> {
  return findBroken(session, statement, [runId, plainArray(walletIds)]);
}
