import type { DataSource } from "typeorm";
import type { Asset, AssetStatus } from "../ledger/wallet.js";
import type { AssetRow } from "./entities/asset.js";
import { readRows } from "./read.js";
import { toAsset } from "./rows.js";
import type { Session } from "./session.js";
import { toTimestamp } from "./sql.js";

/** Which assets to list. There are few, so they are listed by age without an index of their own. */
export interface AssetQuery {
  readonly status: AssetStatus | null;
  readonly after: { readonly time: bigint; readonly id: string } | null;
  readonly limit: number;
}

const columns = `a.code, a.name, a.scale, a.status, a.transaction_limit, a.daily_limit, a.create_time, a.update_time`;

/** Makes an asset, unless there is one of that code. Returns whether it was made. */
export async function insertAsset(session: Session, asset: Asset): Promise<boolean> {
  const rows = await session.send<{ code: string }>(
    `insert into assets (code, name, scale, status, create_time, update_time)
     values ($1, $2, $3, $4, $5, $6) on conflict (code) do nothing returning code`,
    [
      asset.code,
      asset.name,
      asset.scale,
      asset.status,
      toTimestamp(asset.createTime),
      toTimestamp(asset.updateTime),
    ],
  );
  return rows.length === 1;
}

/** Writes what may change of a locked asset. */
export async function updateAsset(session: Session, asset: Asset): Promise<void> {
  await session.send(
    `update assets set name = $2, status = $3, transaction_limit = $4, daily_limit = $5, update_time = $6
     where code = $1`,
    [
      asset.code,
      asset.name,
      asset.status,
      asset.transactionLimit,
      asset.dailyLimit,
      toTimestamp(asset.updateTime),
    ],
  );
}

export async function findAsset(reader: DataSource, code: string): Promise<Asset | undefined> {
  const rows = await readRows<AssetRow>(reader, `select ${columns} from assets a where a.code = $1`, [code]);
  return rows.map(toAsset)[0];
}

/** Assets, newest first. */
export async function listAssets(reader: DataSource, query: AssetQuery): Promise<Asset[]> {
  const rows = await readRows<AssetRow>(
    reader,
    `select ${columns} from assets a
     where ($1::text is null or a.status = $1)
       and ($2::timestamptz is null or (a.create_time, a.code) < ($2, $3::text))
     order by a.create_time desc, a.code desc limit $4`,
    [
      query.status,
      query.after === null ? null : toTimestamp(query.after.time),
      query.after?.id ?? null,
      query.limit,
    ],
  );
  return rows.map(toAsset);
}
