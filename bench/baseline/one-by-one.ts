import type { QueryRunner } from "typeorm";
import type { Database } from "../../src/db/database.js";
import { AssetEntity, type AssetRow } from "../../src/db/entities/asset.js";
import { WalletEntity, type WalletRow } from "../../src/db/entities/wallet.js";
import { toAsset, toWallet } from "../../src/db/rows.js";
import type { EngineLimits } from "../../src/engine/limits.js";
import { unobserved } from "../../src/engine/observer.js";
import { type MovementResult, resultOf } from "../../src/engine/outcome.js";
import { Poster } from "../../src/engine/poster.js";
import type { Command } from "../../src/ledger/command.js";
import type { Posted } from "../../src/ledger/plan.js";
import { batchTimeOf } from "../../src/ledger/position.js";
import { planSimple } from "../../src/ledger/simple.js";
import type { LedgerState } from "../../src/ledger/state.js";
import type { Asset, Wallet } from "../../src/ledger/wallet.js";
import {
  insertAudit,
  insertKey,
  insertOutbox,
  insertPostings,
  insertTransaction,
  updateWallets,
} from "./writes.js";

/**
 * The usual way: each request is a transaction of its own, in the order begin, key, locks, rows, commit. It plans with
 * the service's own rules, takes the same locks and writes the same rows, so that it keeps the same promises: nothing is
 * posted after an asset was frozen, for one.
 *
 * It is given what makes it faster and would not do for money: neither a replay nor a refusal is served (each fails).
 */
export class OneByOne extends Poster {
  readonly #database: Database;

  constructor(database: Database, limits: EngineLimits) {
    super({ database, limits, observer: unobserved });
    this.#database = database;
  }

  override async submit(command: Command): Promise<MovementResult> {
    const queryRunner = this.#database.writer.createQueryRunner();
    try {
      await queryRunner.startTransaction();
      const plan = await this.#post(queryRunner, command);
      await queryRunner.commitTransaction();
      return resultOf(plan);
    } catch (error) {
      if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction();
      throw error;
    } finally {
      await queryRunner.release();
    }
  }

  async #post(queryRunner: QueryRunner, command: Command): Promise<Posted> {
    await insertKey(queryRunner, command.claim);
    const { movement } = command;
    if (movement.kind !== "simple") throw new Error(`the baseline makes no ${movement.kind}`);
    const { source, destination } = movement;
    const asset = await lockAsset(queryRunner, movement.asset);
    const { wallets, now } = await lockWallets(queryRunner, [source.walletId, destination.walletId]);
    const nothing = {
      holders: new Map(),
      holds: new Map(),
      refundTotals: new Map(),
      jobs: new Map(),
      outgoing: new Map(),
    };
    const time = batchTimeOf(now, [...wallets.values()]);
    const state: LedgerState = {
      ...nothing,
      assets: new Map([[asset.code, asset]]),
      wallets,
      references: new Map(),
      now: time,
    };
    const plan = planSimple(state, command, movement);
    await insertTransaction(queryRunner, plan);
    await updateWallets(queryRunner, plan.wallets);
    await insertPostings(queryRunner, plan.postings);
    await insertOutbox(queryRunner, plan);
    await insertAudit(queryRunner, plan);
    return plan;
  }
}

/** Locks the asset for reading, so that nobody freezes it meanwhile. */
async function lockAsset(queryRunner: QueryRunner, code: string): Promise<Asset> {
  const query = queryRunner.manager
    .createQueryBuilder(queryRunner)
    .from(AssetEntity, "assets")
    .where("assets.code = :code", { code })
    .setLock("pessimistic_read")
    .select([]);
  for (const column of Object.keys(AssetEntity.options.columns)) query.addSelect(`assets.${column}`, column);
  const row = await query.getRawOne<AssetRow>();
  if (row === undefined) throw new Error(`the baseline knows no asset ${code}`);
  return toAsset(row);
}

/** Locks both wallets in order of id. The database's clock comes along and costs no round trip. */
async function lockWallets(
  queryRunner: QueryRunner,
  ids: readonly string[],
): Promise<{ wallets: Map<string, Wallet>; now: bigint }> {
  const query = queryRunner.manager
    .createQueryBuilder(queryRunner)
    .from(WalletEntity, "wallets")
    .where("wallets.id in (:...ids)", { ids })
    .orderBy("wallets.id")
    .setLock("pessimistic_write")
    .select("clock_timestamp()", "now");
  for (const column of Object.keys(WalletEntity.options.columns))
    query.addSelect(`wallets.${column}`, column);
  const rows = await query.getRawMany<WalletRow & { now: bigint }>();
  const now = rows[0]?.now;
  if (now === undefined) throw new Error("the wallets of the baseline are opened before it starts");
  return { wallets: new Map(rows.map((row) => [row.id, toWallet(row)])), now };
}
