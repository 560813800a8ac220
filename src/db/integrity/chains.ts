import type { IntegrityFinding } from "../../ledger/integrity.js";
import type { Session } from "../session.js";
import { plainArray } from "../sql.js";
import { findBroken } from "./finding.js";

/** A run of one wallet's postings that is verified in one statement. */
export interface Span {
  readonly walletId: string;
  /** The number of the last posting before it; 0 at the beginning. */
  readonly above: bigint;
  /** The number of its last posting. Where it is the wallet's head, the wallet itself is verified, too. */
  readonly through: bigint;
}

/**
 * The bytes that the hash of a posting `p` covers behind the hash before it: what ledger/chain.ts writes, written a
 * second time by PostgreSQL. A time beyond 64 bits of microseconds is none that the service can have hashed.
 */
export const canonicalBytes = `uuid_send(p.wallet_id) || int8send(p.posting_seq) || uuid_send(p.transaction_id)
  || int8send(p.amount) || int8send(p.balance_after) || int8send(p.held_after) || int8send(p.available_after)
  || int8send(p.version) || int8send(case when p.post_time > '-infinity' and p.post_time < '290000-01-01'
       then (extract(epoch from p.post_time) * 1000000)::bigint else 0 end)
  || convert_to(p.asset, 'UTF8')`;

/**
 * The parts of a wallet's chain in one order: nothing at all before the first posting, the postings, and behind the last
 * one of the span what has to follow it: at the head of the wallet, what the wallet says of itself.
 *
 * Two postings before the span come along: to link its first one to, and to tell whether that link is to be trusted.
 */
const parts = `
span as materialized (
  select s.wallet_id, s.above, s.through, h.asset, h.balance, h.version, h.chain_head, h.last_post_time,
    h.posting_seq = s.through as at_head
  from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as s (wallet_id, above, through),
    lateral (select * from integrity_heads one where one.run_id = $1 and one.wallet_id = s.wallet_id offset 0) as h
),
part as (
  select s.wallet_id, s.above, s.asset, 'nothing' as kind, 0::bigint as posting_seq, null::uuid as transaction_id,
    0::bigint as amount, 0::bigint as balance, 0::bigint as version, null::timestamptz as post_time,
    decode(repeat('00', 32), 'hex') as hash, null::bytea as canonical
  from span s where s.above <= 1
  union all
  select s.wallet_id, s.above, s.asset, 'posting', p.posting_seq, p.transaction_id, p.amount, p.balance_after,
    p.version, p.post_time, p.hash, ${canonicalBytes}
  from span s, lateral (select * from postings one where one.wallet_id = s.wallet_id
    and one.posting_seq >= s.above - 1 and one.posting_seq <= s.through offset 0) as p
  union all
  select s.wallet_id, s.above, s.asset, case when s.at_head then 'head' else 'end' end, s.through + 1, null, 0,
    s.balance, s.version, s.last_post_time, s.chain_head, null
  from span s
)`;

/** Each part beside the one before it. `computed` is the hash that it should have. */
const links = `
beside as (
  select p.*, lag(p.posting_seq) over chain as before_seq, lag(p.hash) over chain as before_hash,
    lag(p.balance) over chain as before_balance, lag(p.version) over chain as before_version,
    lag(p.post_time) over chain as before_time
  from part p window chain as (partition by p.wallet_id order by p.posting_seq)
),
hashed as (
  select b.*, b.before_seq = b.posting_seq - 1 as linked, case when b.before_seq = b.posting_seq - 1 then
      case b.kind when 'posting' then sha256(b.before_hash || b.canonical) when 'head' then b.before_hash end
    end as computed
  from beside b
),
link as (
  select h.*, lag(h.computed) over chain as before_computed,
    coalesce(lag(h.hash <> h.computed) over chain, false) as before_forged
  from hashed h window chain as (partition by h.wallet_id order by h.posting_seq)
)`;

/**
 * Which rules a part breaks, so that one change of one row is one place. A row whose own hash is right is what was once
 * written; where it does not fit to one whose hash is wrong, that one was changed. And a row whose hash is right again
 * with the hash that the one before should have, was itself not changed.
 */
const judged = `
judged as (
  select l.*, greatest(coalesce(l.before_seq, l.above), l.above) + 1 as next_seq,
    l.linked and l.hash <> l.computed and not (l.before_forged and l.hash = case l.kind
      when 'posting' then sha256(l.before_computed || l.canonical) else l.before_computed end) as forged,
    l.linked and not (l.before_forged and l.hash = l.computed) as comparable
  from link l where l.posting_seq > l.above
),
broken as (
  select j.*, j.posting_seq <> j.next_seq as gap,
    j.comparable and j.kind <> 'end' and j.balance <> j.before_balance::numeric + j.amount as unequal,
    j.comparable and case j.kind when 'posting' then j.post_time < j.before_time
      when 'head' then j.post_time is distinct from j.before_time else false end as untimely,
    j.comparable and case j.kind when 'posting' then j.version <= j.before_version
      when 'head' then j.version < j.before_version else false end as unversioned
  from judged j
)`;

/** What is wrong with a part, said of the posting; of the wallet itself where the part is its head. */
const statement = `
with ${parts}, ${links}, ${judged}
select f.rule, f.message, b.asset, b.wallet_id, f.posting_seq, f.transaction_id, f.expected, f.actual
from (select * from broken where gap or forged or unequal or untimely or unversioned) as b,
  lateral (values
    ('POSTING_SEQUENCE', b.gap, b.next_seq, null, format('posting %s', b.next_seq), 'nothing',
      case when b.posting_seq - 1 = b.next_seq then format('Posting %s of wallet %s is missing.', b.next_seq, b.wallet_id)
        else format('Postings %s to %s of wallet %s are missing.', b.next_seq, b.posting_seq - 1, b.wallet_id) end),
    ('HASH_CHAIN', b.forged, b.posting_seq - (b.kind = 'head')::int, b.transaction_id, encode(b.computed, 'hex'),
      encode(b.hash, 'hex'),
      case b.kind when 'head' then format('The chain head of wallet %s is not the hash of its last posting, %s.',
          b.wallet_id, b.posting_seq - 1)
        else format('The hash of posting %s of wallet %s does not cover what the posting says.', b.posting_seq,
          b.wallet_id) end),
    ('WALLET_BALANCE', b.unequal, b.posting_seq - (b.kind = 'head')::int, b.transaction_id,
      (b.before_balance::numeric + b.amount)::text, b.balance::text,
      case b.kind when 'head' then format('The balance of wallet %s is %s, and its %s postings come to %s.',
          b.wallet_id, b.balance, b.posting_seq - 1, b.before_balance)
        else format('The balance after posting %s of wallet %s is %s, and should be %s and %s, the amount.',
          b.posting_seq, b.wallet_id, b.balance, b.before_balance, b.amount) end),
    ('POST_TIME_ORDER', b.untimely, b.posting_seq - (b.kind = 'head')::int, b.transaction_id,
      case b.kind when 'head' then coalesce(b.before_time::text, '') else format('%s or later', b.before_time) end,
      coalesce(b.post_time::text, ''),
      case b.kind when 'head' then format('The last post time of wallet %s is not that of its last posting, %s.',
          b.wallet_id, b.posting_seq - 1)
        else format('Posting %s of wallet %s was posted before the one before it.', b.posting_seq, b.wallet_id) end),
    ('POSTING_SEQUENCE', b.unversioned, b.posting_seq - (b.kind = 'head')::int, b.transaction_id,
      format('more than %s', b.before_version - (b.kind = 'head')::int), b.version::text,
      case b.kind when 'head' then format('Wallet %s has version %s, and its last posting, %s, has a later one, %s.',
          b.wallet_id, b.version, b.posting_seq - 1, b.before_version)
        else format('Posting %s of wallet %s has version %s, which is not later than that of the one before it, %s.',
          b.posting_seq, b.wallet_id, b.version, b.before_version) end)
  ) as f (rule, is_broken, posting_seq, transaction_id, expected, actual, message)
where f.is_broken
order by b.wallet_id, f.posting_seq`;

/**
 * Verifies runs of postings, and with a wallet's last one the wallet: no gap, each balance after, each post time, each
 * version, each hash, and that the wallet is what its last posting says. All in PostgreSQL: only findings travel.
 *
 * @param spans at most one for each wallet.
 */
export function findBrokenChains(
  session: Session,
  runId: string,
  spans: readonly Span[],
): Promise<IntegrityFinding[]> {
  return findBroken(session, statement, [
    runId,
    plainArray(spans.map(({ walletId }) => walletId)),
    plainArray(spans.map(({ above }) => above)),
    plainArray(spans.map(({ through }) => through)),
  ]);
}
