import type { DataSource } from "typeorm";
import { expired, type Hold, type HoldState, isDue } from "../ledger/hold.js";
import { type HoldRow, holdColumns, toHold } from "./hold-rows.js";
import { readRows } from "./read.js";
import { plainArray, toTimestamp } from "./sql.js";

/** Which holds to list; null means no condition. A position is the last one of the page before. */
export interface HoldQuery {
  readonly walletId: string | null;
  /** The holder that the wallet belongs to. */
  readonly holderId: string | null;
  readonly asset: string | null;
  readonly state: HoldState | null;
  /** Created at this time or later. */
  readonly start: bigint | null;
  /** Created before this time. */
  readonly end: bigint | null;
  readonly externalReference: string | null;
  readonly after: { readonly time: bigint; readonly id: string } | null;
  readonly limit: number;
}

/** A hold whose time has run out, and its wallet. */
export interface DueHold {
  readonly id: string;
  readonly walletId: string;
}

/** One hold, or undefined. It is EXPIRED from the instant of its expiry, whether or not it was released. */
export async function findHold(reader: DataSource, id: string): Promise<Hold | undefined> {
  const rows = await readRows<ReadRow>(
    reader,
    `select ${holdColumns}, statement_timestamp() as now from holds h where h.id = $1`,
    [id],
  );
  return rows.map(asRead)[0];
}

/** The rows of these holds as they are, whether or not their time has run out. */
export async function findHoldRows(reader: DataSource, ids: readonly string[]): Promise<Hold[]> {
  const rows = await readRows<HoldRow>(
    reader,
    `select ${holdColumns} from holds h where h.id = any($1::uuid[])`,
    [plainArray(ids)],
  );
  return rows.map(toHold);
}

/**
 * Holds, newest first, each as `findHold` tells it. What is looked up elsewhere comes as an array: a subquery beside an
 * `or` would be a filter on every hold there is, and no way into an index.
 */
export async function listHolds(reader: DataSource, query: HoldQuery): Promise<Hold[]> {
  const rows = await readRows<ReadRow>(
    reader,
    `select ${holdColumns}, statement_timestamp() as now from holds h
     where ($1::uuid is null or h.wallet_id = $1)
       and ($2::text is null or h.wallet_id = any(array(select w.id from wallets w where w.holder_id = $2)))
       and ($3::text is null or h.asset = $3)
       and ($4::text is null or $4 =
         case when h.state = 'ACTIVE' and h.expire_time <= statement_timestamp() then 'EXPIRED' else h.state end)
       and ($5::timestamptz is null or h.create_time >= $5)
       and ($6::timestamptz is null or h.create_time < $6)
       and ($7::text is null or h.id = any(
         array(select e.transaction_id from external_references e where e.reference = $7 and e.type = 'HOLD')))
       and ($8::timestamptz is null or (h.create_time, h.id) < ($8, $9::uuid))
     order by h.create_time desc, h.id desc limit $10`,
    [
      query.walletId,
      query.holderId,
      query.asset,
      query.state,
      query.start === null ? null : toTimestamp(query.start),
      query.end === null ? null : toTimestamp(query.end),
      query.externalReference,
      query.after === null ? null : toTimestamp(query.after.time),
      query.after?.id ?? null,
      query.limit,
    ],
  );
  return rows.map(asRead);
}

/** Holds whose time has run out and that were not released yet, the first to expire first. */
export async function listDueHolds(reader: DataSource, limit: number): Promise<DueHold[]> {
  const rows = await readRows<{ id: string; wallet_id: string }>(
    reader,
    `select h.id, h.wallet_id from holds h where h.state = 'ACTIVE' and h.expire_time <= statement_timestamp()
     order by h.expire_time limit $1`,
    [limit],
  );
  return rows.map((row) => ({ id: row.id, walletId: row.wallet_id }));
}

/** A hold's row with the moment at which it was read. */
type ReadRow = HoldRow & { now: bigint };

function asRead(row: ReadRow): Hold {
  const hold = toHold(row);
  return isDue(hold, row.now) ? expired(hold) : hold;
}
