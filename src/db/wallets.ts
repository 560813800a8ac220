import type { DataSource } from "typeorm";
import { shrinkWaiver } from "../ledger/floor-waiver.js";
import type { SystemRole, Wallet, WalletStatus } from "../ledger/wallet.js";
import type { WalletRow } from "./entities/wallet.js";
import type { Pool } from "./pool.js";
import { readPrepared, readRows } from "./read.js";
import { toWallet } from "./rows.js";
import { anyUnseen, plainArray, toTimestamp } from "./sql.js";

/** Which wallets to list. A position is the last one of the page before. */
export interface WalletQuery {
  readonly holderId: string | null;
  readonly asset: string | null;
  readonly status: WalletStatus | null;
  readonly systemRole: SystemRole | null;
  readonly after: { readonly time: bigint; readonly id: string } | null;
  readonly limit: number;
}

/** A hold counts until the instant of its expiry, whether or not it was released since. */
const columns = `w.id, w.asset, w.holder_id, w.system_role, w.balance, w.held - due.units as held,
  w.version, due.holds as due_holds, w.posting_seq, w.min_balance, w.floor_waiver,
  w.max_balance, w.transaction_limit, w.daily_limit, w.status, w.holder_status, w.last_post_time, w.chain_head,
  w.create_time, w.update_time`;

/** A wallet's row, with how many of its holds have run out and are left out of it. */
type ReadRow = WalletRow & { due_holds: string };

/** What holds of a wallet whose time has run out still keep in its row. Only a wallet that holds something is looked up. */
const due = `cross join lateral (
    select coalesce(sum(h.amount - h.captured), 0)::bigint as units, count(*) as holds from holds h
    where w.held > 0 and h.wallet_id = w.id and h.state = 'ACTIVE' and h.expire_time <= statement_timestamp()) as due`;

export async function findWallet(reader: Pool, id: string): Promise<Wallet | undefined> {
  return (await findWallets(reader, [id])).wallets[0];
}

/** Those of these wallets that exist, all in one snapshot, and the moment of it in microseconds since 1970. */
export async function findWallets(
  reader: Pool,
  ids: readonly string[],
): Promise<{ wallets: Wallet[]; time: bigint }> {
  const { rows, time } = await readWalletRows(reader, ids);
  return { wallets: rows.map(asRead), time };
}

/**
 * The same wallets with the versions that their changes so far have made: where their next changes follow. A release
 * that is due has yet to be made, and another change may be committed before it and take its version.
 */
export async function findChangingWallets(reader: Pool, ids: readonly string[]): Promise<Wallet[]> {
  return (await readWalletRows(reader, ids)).rows.map(withoutDue);
}

async function readWalletRows(
  reader: Pool,
  ids: readonly string[],
): Promise<{ rows: ReadRow[]; time: bigint }> {
  const rows = await readPrepared<{ [Column in keyof ReadRow]: ReadRow[Column] | null } & { time: bigint }>(
    reader,
    `select clock.time, ${columns}
     from (select statement_timestamp() as time) as clock left join wallets w on w.id = ${anyUnseen("$1")} ${due}`,
    [plainArray(ids)],
  );
  const found = rows.filter((row) => row.id !== null) as (ReadRow & { time: bigint })[];
  return { rows: found, time: rows[0]?.time ?? 0n };
}

/** Wallets, newest first. */
export async function listWallets(reader: DataSource, query: WalletQuery): Promise<Wallet[]> {
  const rows = await readRows<ReadRow>(
    reader,
    `select ${columns} from wallets w ${due}
     where ($1::text is null or w.holder_id = $1)
       and ($2::text is null or w.asset = $2)
       and ($3::text is null or w.status = $3)
       and ($4::text is null or w.system_role = $4)
       and ($5::timestamptz is null or (w.create_time, w.id) < ($5, $6::uuid))
     order by w.create_time desc, w.id desc limit $7`,
    [
      query.holderId,
      query.asset,
      query.status,
      query.systemRole,
      query.after === null ? null : toTimestamp(query.after.time),
      query.after?.id ?? null,
      query.limit,
    ],
  );
  return rows.map(asRead);
}

/**
 * The version is the one that the wallet has after the release of what is due, which comes before any movement of it:
 * that is what `expected_version` meets.
 */
function asRead(row: ReadRow): Wallet {
  const wallet = withoutDue(row);
  return row.due_holds === "0" ? wallet : { ...wallet, version: wallet.version + BigInt(row.due_holds) };
}

/** A release takes a waiver of the floor with it, as far as it was for what was held. */
function withoutDue(row: ReadRow): Wallet {
  return row.due_holds === "0" ? toWallet(row) : shrinkWaiver(toWallet(row));
}
