import type { TransactionType } from "../ledger/transaction.js";
import { type SystemRole, systemRoles, systemWalletId } from "../ledger/wallet.js";
import type { Session } from "./session.js";
import { plainArray, textArray, timeArray, toTimestamp } from "./sql.js";

/** What the transactions of one type come to in one asset and one time bucket. */
export interface FlowRow {
  readonly asset: string;
  /** Which of the buckets, from 0; -1 before the first. */
  readonly bucket: number;
  readonly type: TransactionType;
  readonly amount: bigint;
  readonly postedCount: bigint;
  readonly refusedCount: bigint;
  /** Top-ups less their reversals. */
  readonly deposits: bigint;
  /** Withdrawals less their refunds and reversals. */
  readonly withdrawals: bigint;
}

/** A part of all transactions, by their positions. */
export interface PositionRange {
  readonly from: bigint;
  /** Exclusive. */
  readonly below: bigint;
}

/**
 * Transactions of one asset say what they moved. Of those over several, what went into the wallets of an asset counts,
 * except for FX wallets, which are no legs; a refused one counts in the assets of the wallets that it is listed under.
 */
const flows = `
with found as materialized (
  select t.id, t.type, t.state, t.asset, t.amount, t.wallet_ids, t.posting_seqs, coalesce(t.post_time, t.create_time) as time,
    case when t.type in ('REFUND', 'REVERSAL') then
      (select o.type from transactions o where o.id = t.original_transaction_id limit 1) end as original_type
  from transactions t
  where t.position >= $1 and t.position < $2 and ($3::text is null or t.asset = $3 or t.asset is null)
),
moved as (
  select f.type, f.state, f.asset, f.amount, f.time, f.original_type from found f where f.asset is not null
  union all
  select f.type, f.state, p.asset, coalesce(sum(p.amount) filter (where p.amount > 0 and p.wallet_id <> all($5::uuid[])), 0),
    f.time, null
  from found f cross join lateral unnest(f.wallet_ids, f.posting_seqs) as n (wallet_id, posting_seq)
  cross join lateral (select * from postings one where one.wallet_id = n.wallet_id
    and one.posting_seq = n.posting_seq offset 0) as p
  where f.asset is null and f.state = 'POSTED' group by f.id, f.type, f.state, f.time, p.asset
  union all
  select distinct on (f.id, w.asset) f.type, f.state, w.asset, 0, f.time, null
  from found f join wallets w on w.id = any(f.wallet_ids) where f.asset is null and f.state = 'REFUSED'
)
select m.asset, width_bucket(m.time, $4::timestamptz[]) - 1 as bucket, m.type,
  coalesce(sum(m.amount) filter (where m.state = 'POSTED'), 0) as amount,
  count(*) filter (where m.state = 'POSTED') as posted_count,
  count(*) filter (where m.state = 'REFUSED') as refused_count,
  coalesce(sum(case when m.type = 'TOP_UP' then m.amount
    when m.type = 'REVERSAL' and m.original_type = 'TOP_UP' then -m.amount end) filter (where m.state = 'POSTED'), 0)
    as deposits,
  coalesce(sum(case when m.type = 'WITHDRAWAL' then m.amount
    when m.original_type = 'WITHDRAWAL' then -m.amount end) filter (where m.state = 'POSTED'), 0) as withdrawals
from moved m where $3::text is null or m.asset = $3
group by 1, 2, 3`;

interface FlowColumns {
  asset: string;
  bucket: number;
  type: TransactionType;
  amount: string;
  posted_count: string;
  refused_count: string;
  deposits: string;
  withdrawals: string;
}

/**
 * What the transactions of a range come to, by asset, bucket and type.
 *
 * @param starts the starts of the buckets, ascending, in microseconds since 1970.
 */
export async function sumFlows(
  session: Session,
  { from, below }: PositionRange,
  { asset, assets, starts }: { asset: string | null; assets: readonly string[]; starts: readonly bigint[] },
): Promise<FlowRow[]> {
  const exchangers = assets.map((code) => systemWalletId(code, "FX"));
  const rows = await session.send<FlowColumns>(flows, [
    from,
    below,
    asset,
    timeArray(starts),
    plainArray(exchangers),
  ]);
  return rows.map((row) => ({
    asset: row.asset,
    bucket: row.bucket,
    type: row.type,
    amount: BigInt(row.amount),
    postedCount: BigInt(row.posted_count),
    refusedCount: BigInt(row.refused_count),
    deposits: BigInt(row.deposits),
    withdrawals: BigInt(row.withdrawals),
  }));
}

/** The position of the first transaction behind the next `count` of a range; null when there are no more than those. */
export async function positionBehind(
  session: Session,
  { from, below }: PositionRange,
  count: number,
): Promise<bigint | null> {
  const [row] = await session.send<{ position: string }>(
    `select t.position from transactions t where t.position >= $1 and t.position < $2
     order by t.position offset $3 limit 1`,
    [from, below, count],
  );
  return row === undefined ? null : BigInt(row.position);
}

/** The balances of an asset's system wallets at one moment. */
export type SystemBalances = Readonly<Record<SystemRole, bigint>>;

/**
 * What the system wallets of assets had just before a moment, in microseconds since 1970. Each is found by halves, as
 * `lastPostingAt` does, so that it does not matter how long ago that was.
 */
export async function systemBalancesAt(
  session: Session,
  assets: readonly string[],
  time: bigint,
): Promise<ReadonlyMap<string, SystemBalances>> {
  const named = assets.flatMap((asset) => systemRoles.map((role) => ({ asset, role })));
  const rows = await session.send<{ asset: string; role: SystemRole; balance: string }>(
    `select n.asset, n.role, coalesce(p.balance_after, 0) as balance
     from unnest($1::text[], $2::text[], $3::uuid[]) as n (asset, role, id)
     join wallets w on w.id = n.id
     cross join lateral (
       with recursive search (low, high) as (
         select 0::bigint, w.posting_seq
         union all
         select case when p.post_time < $4 then p.posting_seq else low end,
           case when p.post_time < $4 then high else p.posting_seq - 1 end
         from search join postings p on p.wallet_id = w.id and p.posting_seq = (low + high + 1) / 2
         where low < high
       )
       select low as posting_seq from search where low = high
     ) as last
     left join postings p on p.wallet_id = w.id and p.posting_seq = last.posting_seq`,
    [
      textArray(named.map(({ asset }) => asset)),
      plainArray(named.map(({ role }) => role)),
      plainArray(named.map(({ asset, role }) => systemWalletId(asset, role))),
      toTimestamp(time),
    ],
  );
  if (rows.length < named.length) throw new Error("a system wallet, or one of its postings, is missing");
  const found = new Map<string, bigint>(rows.map((row) => [`${row.asset} ${row.role}`, BigInt(row.balance)]));
  const of = (asset: string, role: SystemRole): bigint => found.get(`${asset} ${role}`) ?? 0n;
  return new Map(
    assets.map((asset) => [
      asset,
      {
        TREASURY: of(asset, "TREASURY"),
        REVENUE: of(asset, "REVENUE"),
        PROMOTIONS: of(asset, "PROMOTIONS"),
        ADJUSTMENTS: of(asset, "ADJUSTMENTS"),
        FX: of(asset, "FX"),
      },
    ]),
  );
}

/** How many wallets holders had in each asset just before a moment, in microseconds since 1970. */
export async function countHolderWallets(
  session: Session,
  time: bigint,
): Promise<ReadonlyMap<string, bigint>> {
  const rows = await session.send<{ asset: string; count: string }>(
    `select w.asset, count(*) as count from wallets w where w.holder_id is not null and w.create_time < $1 group by w.asset`,
    [toTimestamp(time)],
  );
  return new Map(rows.map(({ asset, count }) => [asset, BigInt(count)]));
}

/** The codes of all assets, in order, or the one asset if there is one of that code. */
export async function listAssetCodes(session: Session, asset: string | null): Promise<string[]> {
  const rows = await session.send<{ code: string }>(
    `select a.code from assets a where $1::text is null or a.code = $1 order by a.code collate "C"`,
    [asset],
  );
  return rows.map(({ code }) => code);
}
