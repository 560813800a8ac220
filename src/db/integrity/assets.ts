import type { IntegrityFinding } from "../../ledger/integrity.js";
import type { Session } from "../session.js";
import { plainArray } from "../sql.js";
import { findBroken } from "./finding.js";

const statement = `
with asset as (
  select h.asset, sum(h.balance) as total,
    coalesce(sum(h.balance) filter (where h.system_role is distinct from 'TREASURY'), 0) as outstanding,
    coalesce((select d.units from unnest($2::text[], $3::numeric[]) as d (asset, units) where d.asset = h.asset), 0)
      as deposits
  from integrity_heads h where h.run_id = $1 group by h.asset
)
select f.rule, f.message, a.asset, null as wallet_id, null as posting_seq, null as transaction_id, f.expected, f.actual
from asset a, lateral (values
    ('ASSET_SUM', a.total <> 0, '0', a.total::text,
      format('The wallets of %s sum to %s, and not to zero.', a.asset, a.total)),
    ('ASSET_DEPOSITS', a.outstanding <> a.deposits, a.deposits::text, a.outstanding::text,
      format('The wallets of %s but TREASURY have %s, and what was topped up less what was withdrawn is %s.', a.asset,
        a.outstanding, a.deposits))
  ) as f (rule, is_broken, expected, actual, message)
where f.is_broken
order by a.asset, f.rule`;

/**
 * Verifies the sums of each asset in the snapshot.
 *
 * @param deposits top-ups less withdrawals, net of their refunds and reversals, by asset, as the transactions of the
 * snapshot say.
 */
export function findWrongSums(
  session: Session,
  runId: string,
  deposits: ReadonlyMap<string, bigint>,
): Promise<IntegrityFinding[]> {
  return findBroken(session, statement, [runId, plainArray(deposits.keys()), plainArray(deposits.values())]);
}
