import { limitedTypes } from "../ledger/transaction.js";
import type { Wallet } from "../ledger/wallet.js";
import { dailySpanMicros } from "../ledger/wallet-limits.js";
import type { Session } from "./session.js";
import { plainArray, toTimestamp } from "./sql.js";

/** Writes the limits that an operator put on a locked wallet. */
export async function updateLimits(session: Session, wallet: Wallet): Promise<void> {
  await session.send(
    `update wallets set min_balance = $2, floor_waiver = $3, max_balance = $4, transaction_limit = $5, daily_limit = $6,
       version = $7, update_time = $8
     where id = $1`,
    [
      wallet.id,
      wallet.minBalance,
      wallet.floorWaiver,
      wallet.maxBalance,
      wallet.transactionLimit,
      wallet.dailyLimit,
      wallet.version,
      toTimestamp(wallet.updateTime),
    ],
  );
}

/**
 * What went out of these locked wallets within the 24 hours before a time, by wallet id, in smallest units. A wallet
 * out of which nothing went is missing from the answer.
 *
 * Post times never run backwards within a wallet, so those hours are a range of posting numbers: its beginning is
 * searched by halves through the primary key, and only the postings within are read.
 *
 * @param now in microseconds since 1970; a posting of exactly 24 hours before does not count any more.
 */
export async function sumOutgoing(
  session: Session,
  wallets: readonly Wallet[],
  now: bigint,
): Promise<Map<string, bigint>> {
  const rows = await session.send<{ wallet_id: string; outgoing: string }>(
    `with recursive search (wallet_id, low, high) as (
       select wallet_id, 0::bigint, posting_seq
       from unnest($1::uuid[], $2::bigint[]) as limited (wallet_id, posting_seq)
       union all
       select s.wallet_id, case when p.post_time <= $3 then p.posting_seq else s.low end,
         case when p.post_time <= $3 then s.high else p.posting_seq - 1 end
       from search s join postings p on p.wallet_id = s.wallet_id and p.posting_seq = (s.low + s.high + 1) / 2
       where s.low < s.high
     )
     select s.wallet_id, -sum(p.amount) as outgoing
     from search s
     join postings p on p.wallet_id = s.wallet_id and p.posting_seq > s.low and p.amount < 0
     join transactions t on t.id = p.transaction_id
     where s.low = s.high and t.type = any($4::text[])
     group by s.wallet_id`,
    [
      plainArray(wallets.map((wallet) => wallet.id)),
      plainArray(wallets.map((wallet) => wallet.postingSeq)),
      toTimestamp(now - dailySpanMicros),
      plainArray(limitedTypes),
    ],
  );
  return new Map(rows.map((row) => [row.wallet_id, BigInt(row.outgoing)]));
}
