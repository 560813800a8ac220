import type { DataSource } from "typeorm";
import type { SystemRole, Wallet, WalletStatus } from "../ledger/wallet.js";
import type { WalletRow } from "./entities/wallet.js";
import { readRows } from "./read.js";
import { toWallet } from "./rows.js";
import { plainArray, toTimestamp } from "./sql.js";

/** Which wallets to list. A position is the last one of the page before. */
export interface WalletQuery {
  readonly holderId: string | null;
  readonly asset: string | null;
  readonly status: WalletStatus | null;
  readonly systemRole: SystemRole | null;
  readonly after: { readonly time: bigint; readonly id: string } | null;
  readonly limit: number;
}

const columns = `w.id, w.asset, w.holder_id, w.system_role, w.balance, w.held, w.version, w.posting_seq, w.min_balance,
  w.floor_waiver, w.max_balance, w.transaction_limit, w.daily_limit, w.status, w.holder_status, w.last_post_time,
  w.chain_head, w.create_time, w.update_time`;

export async function findWallet(reader: DataSource, id: string): Promise<Wallet | undefined> {
  return (await findWallets(reader, [id])).wallets[0];
}

/** Those of these wallets that exist, all in one snapshot, and the moment of it in microseconds since 1970. */
export async function findWallets(
  reader: DataSource,
  ids: readonly string[],
): Promise<{ wallets: Wallet[]; time: bigint }> {
  const rows = await readRows<{ [Column in keyof WalletRow]: WalletRow[Column] | null } & { time: bigint }>(
    reader,
    `select clock.time, ${columns}
     from (select statement_timestamp() as time) as clock left join wallets w on w.id = any($1::uuid[])`,
    [plainArray(ids)],
  );
  const found = rows.filter((row) => row.id !== null) as (WalletRow & { time: bigint })[];
  return { wallets: found.map(toWallet), time: rows[0]?.time ?? 0n };
}

/** Wallets, newest first. */
export async function listWallets(reader: DataSource, query: WalletQuery): Promise<Wallet[]> {
  const rows = await readRows<WalletRow>(
    reader,
    `select ${columns} from wallets w
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
  return rows.map(toWallet);
}
