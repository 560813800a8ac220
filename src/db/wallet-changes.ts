import type { Balance } from "../ledger/wallet.js";
import type { Pool } from "./pool.js";
import { readPrepared } from "./read.js";
import { toTimestamp, unseen } from "./sql.js";

/** A wallet between one of its postings and the next. */
export interface BetweenPostings {
  readonly walletId: string;
  /** The number of the posting before; 0: none. */
  readonly postingSeq: bigint;
  /** The moment to look at, in microseconds since 1970. */
  readonly time: bigint;
}

/** What a wallet has at a moment. */
export type Figures = Pick<Balance, "posted" | "held" | "available" | "version">;

/** What became of a wallet after its posting without moving value. */
export interface ChangesSince {
  /** What the last change left, such as a hold that was authorized or voided; null when there was none. */
  readonly last: Figures | null;
  /** The holds whose time had run out and that were released later: readers leave them out from the instant of expiry. */
  readonly due: { readonly units: bigint; readonly holds: bigint };
}

interface ChangesRow {
  version: string | null;
  balance: string | null;
  held: string | null;
  available: string | null;
  units: string;
  holds: string;
}

/** Reads it from the wallet's events: the row of a hold knows how it is now, and not how it was. */
export async function changesSince(
  reader: Pool,
  { walletId, postingSeq, time }: BetweenPostings,
): Promise<ChangesSince> {
  const [row] = await readPrepared<ChangesRow>(reader, changes, [
    walletId,
    walletId,
    postingSeq,
    toTimestamp(time),
    time,
  ]);
  if (row === undefined) throw new Error("the changes of a wallet came without a row");
  const { version, balance, held, available } = row;
  return {
    last:
      version === null || balance === null || held === null || available === null
        ? null
        : {
            posted: BigInt(balance),
            held: BigInt(held),
            available: BigInt(available),
            version: BigInt(version),
          },
    due: { units: BigInt(row.units), holds: BigInt(row.holds) },
  };
}

const versionMax = "9223372036854775807";

const versionOf = (postingSeq: string) =>
  `(select p.version from postings p where p.wallet_id = ${unseen("$2", "uuid")} and p.posting_seq = ${postingSeq})`;

/** What is released late follows the last change at once: it comes before anything else that touches the wallet. */
const changes = `
  with bounds as (select coalesce(${versionOf("$3")}, 0) as low, coalesce(${versionOf("$3 + 1")}, ${versionMax}) as high),
  last as (
    select o.seq, o.payload from bounds b, outbox o
    where o.aggregateid = $1 and o.seq > b.low and o.seq < b.high and o.create_time <= $4 order by o.seq desc limit 1
  ),
  due as (
    select (o.payload -> 'hold' ->> 'released')::bigint as units from bounds b left join last on true, outbox o
    where o.aggregateid = $1 and o.seq > coalesce(last.seq, b.low) and o.seq < b.high and o.type = 'hold'
      and o.payload -> 'hold' ->> 'state' = 'EXPIRED' and (o.payload -> 'hold' ->> 'expire_time')::bigint <= $5
    union all
    select h.amount - h.captured from holds h where h.wallet_id = $2 and h.state = 'ACTIVE' and h.expire_time <= $4
  )
  select l.seq as version, l.payload ->> 'balance' as balance, l.payload ->> 'held' as held,
    l.payload ->> 'available' as available, d.units, d.holds
  from (select coalesce(sum(units), 0)::bigint as units, count(*) as holds from due) d left join last l on true`;
