import type { DataSource, EntitySchema, ObjectLiteral } from "typeorm";
import type { Job } from "../ledger/job.js";
import type { Asset, Holder, Wallet } from "../ledger/wallet.js";
import { AssetEntity, type AssetRow } from "./entities/asset.js";
import { HolderEntity, type HolderRow } from "./entities/holder.js";
import { JobEntity, type JobRow } from "./entities/job.js";
import { WalletEntity, type WalletRow } from "./entities/wallet.js";
import { toJob } from "./jobs.js";
import { toAsset, toHolder, toWallet } from "./rows.js";
import type { Session } from "./session.js";
import { plainArray, textArray } from "./sql.js";

/** Whether a lock that someone else holds is waited for or passed over. */
export type OnLocked = "wait" | "skip";

/**
 * The lock statements, taken once from TypeORM's query builder. All row locks are taken through the functions below,
 * in the one order that everybody keeps: assets, jobs, wallets, holders, and within each by id. Two transactions that
 * cross each other then never wait for one another in a circle. Queued operations come before all of them, and a batch
 * never waits for one; see operation-writes.ts.
 */
export interface LockStatements {
  readonly assetsForRead: string;
  readonly assetsForWrite: string;
  readonly jobsForWrite: string;
  readonly walletsForRead: string;
  readonly walletsForWrite: string;
  readonly walletsForWriteSkippingLocked: string;
  readonly holdersForRead: string;
  readonly holdersForWrite: string;
}

type LockMode = "pessimistic_read" | "pessimistic_write";

export function lockStatements(dataSource: DataSource): LockStatements {
  const asset = { entity: AssetEntity, key: "code", keyType: "text[]" };
  const job = { entity: JobEntity, key: "id", keyType: "uuid[]" };
  const wallet = { entity: WalletEntity, key: "id", keyType: "uuid[]" };
  const holder = { entity: HolderEntity, key: "id", keyType: "text[]" };
  return {
    assetsForRead: lockStatement(dataSource, asset, "pessimistic_read"),
    assetsForWrite: lockStatement(dataSource, asset, "pessimistic_write"),
    jobsForWrite: lockStatement(dataSource, job, "pessimistic_write"),
    walletsForRead: lockStatement(dataSource, wallet, "pessimistic_read"),
    walletsForWrite: lockStatement(dataSource, wallet, "pessimistic_write"),
    walletsForWriteSkippingLocked: lockStatement(dataSource, wallet, "pessimistic_write", "skip"),
    holdersForRead: lockStatement(dataSource, holder, "pessimistic_read"),
    holdersForWrite: lockStatement(dataSource, holder, "pessimistic_write"),
  };
}

/** Locks these assets against changes of their status until the transaction ends, and returns them. */
export async function lockAssetsForRead(
  locks: LockStatements,
  session: Session,
  codes: Iterable<string>,
): Promise<Asset[]> {
  return (await session.sendPrepared<AssetRow>(locks.assetsForRead, [textArray(codes)])).map(toAsset);
}

/** Locks one asset against everything, movements included, until the transaction ends. */
export async function lockAssetForWrite(
  locks: LockStatements,
  session: Session,
  code: string,
): Promise<Asset | undefined> {
  return (await session.sendPrepared<AssetRow>(locks.assetsForWrite, [textArray([code])])).map(toAsset)[0];
}

/** Locks these jobs against everything until the transaction ends, and returns those that exist. */
export async function lockJobsForWrite(
  locks: LockStatements,
  session: Session,
  ids: Iterable<string>,
): Promise<Job[]> {
  return (await session.sendPrepared<JobRow>(locks.jobsForWrite, [plainArray(ids)])).map(toJob);
}

/**
 * Locks these wallets until the transaction ends, in ascending order of id, and returns those it got. One that is
 * missing from the answer does not exist, or, with "skip", may be locked by another transaction.
 */
export async function lockWallets(
  locks: LockStatements,
  session: Session,
  ids: Iterable<string>,
  onLocked: OnLocked,
): Promise<Wallet[]> {
  const sql = onLocked === "skip" ? locks.walletsForWriteSkippingLocked : locks.walletsForWrite;
  return (await session.sendPrepared<WalletRow>(sql, [plainArray(ids)])).map(toWallet);
}

/** Waits until no other transaction posts to this wallet, and lets none post to it until this one ends. */
export async function lockWalletForRead(
  locks: LockStatements,
  session: Session,
  id: string,
): Promise<Wallet | undefined> {
  return (await session.sendPrepared<WalletRow>(locks.walletsForRead, [plainArray([id])])).map(toWallet)[0];
}

/** Locks these holders against changes of their status until the transaction ends, and returns them. */
export async function lockHoldersForRead(
  locks: LockStatements,
  session: Session,
  ids: Iterable<string>,
): Promise<Holder[]> {
  return (await session.sendPrepared<HolderRow>(locks.holdersForRead, [textArray(ids)])).map(toHolder);
}

/** Locks one holder against everything until the transaction ends. */
export async function lockHolderForWrite(
  locks: LockStatements,
  session: Session,
  id: string,
): Promise<Holder | undefined> {
  return (await session.sendPrepared<HolderRow>(locks.holdersForWrite, [textArray([id])])).map(toHolder)[0];
}

function lockStatement<Row extends ObjectLiteral>(
  dataSource: DataSource,
  table: { entity: EntitySchema<Row>; key: string; keyType: string },
  mode: LockMode,
  onLocked: OnLocked = "wait",
): string {
  const { columns, tableName } = table.entity.options;
  const alias = tableName ?? "";
  const query = dataSource
    .createQueryBuilder()
    .from(table.entity, alias)
    .where(`${alias}.${table.key} = any(cast(:keys as ${table.keyType}))`, { keys: "{}" })
    .orderBy(`${alias}.${table.key}`)
    .setLock(mode);
  for (const column of Object.keys(columns)) query.addSelect(`${alias}.${column}`, column);
  if (onLocked === "skip") query.setOnLocked("skip_locked");
  return query.getQueryAndParameters()[0];
}
