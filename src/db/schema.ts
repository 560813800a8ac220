import { DataSource } from "typeorm";
import { migrations } from "../../migrations/index.js";
import { grantToService } from "./grants.js";
import { ensurePartitions } from "./partitions.js";

/** A migration and whether the database has it. */
export interface MigrationState {
  readonly name: string;
  readonly applied: boolean;
}

/**
 * Brings the schema to head, as its owner: migrations, partitions for the coming months, and what the service's role
 * may do. Running it again changes nothing.
 *
 * @returns the names of the migrations that were applied.
 */
export async function migrateUp(ownerUrl: string, serviceRole: string): Promise<string[]> {
  return withOwner(ownerUrl, async (owner) => {
    // Two processes may start at once; the second finds everything done. Without the lock it would fail half-way.
    return underMigrationLock(owner, async () => {
      const applied = await owner.runMigrations({ transaction: "each" });
      await ensurePartitions(owner, new Date());
      await grantToService(owner, serviceRole);
      return applied.map((migration) => migration.name);
    });
  });
}

/** Takes the newest migration back, and with it the data it holds. Returns its name, or null when there is none. */
export async function migrateDown(ownerUrl: string): Promise<string | null> {
  return withOwner(ownerUrl, (owner) => {
    return underMigrationLock(owner, async () => {
      const newest = (await migrationStates(owner)).findLast(({ applied }) => applied);
      if (newest === undefined) return null;
      await owner.undoLastMigration({ transaction: "each" });
      return newest.name;
    });
  });
}

/** The names of all migrations that this build knows, oldest first. */
export const knownMigrations: readonly string[] = migrations.map(({ name }) => name);

/** All migrations that this build knows, oldest first, and which of them a database has. */
export async function migrationStatus(url: string): Promise<MigrationState[]> {
  return withOwner(url, migrationStates);
}

/** The migrations that the database lacks, oldest first. */
export async function pendingMigrations(dataSource: DataSource): Promise<string[]> {
  return (await migrationStates(dataSource)).filter(({ applied }) => !applied).map(({ name }) => name);
}

async function migrationStates(dataSource: DataSource): Promise<MigrationState[]> {
  const [{ present }] = await dataSource.query("select to_regclass('migrations') is not null as present");
  const rows: { name: string }[] = present ? await dataSource.query("select name from migrations") : [];
  const applied = new Set(rows.map(({ name }) => name));
  return migrations.map(({ name }) => ({ name, applied: applied.has(name) }));
}

async function withOwner<T>(ownerUrl: string, work: (owner: DataSource) => Promise<T>): Promise<T> {
  const owner = new DataSource({
    type: "postgres",
    url: ownerUrl,
    migrations,
    applicationName: "wallet migrate",
    installExtensions: false,
    connectTimeoutMS: 5_000,
    poolErrorHandler: () => {},
  });
  await owner.initialize();
  try {
    return await work(owner);
  } finally {
    await owner.destroy();
  }
}

async function underMigrationLock<T>(owner: DataSource, work: () => Promise<T>): Promise<T> {
  const queryRunner = owner.createQueryRunner();
  try {
    await queryRunner.query("select pg_advisory_lock(hashtext('wallet migrations'))");
    return await work();
  } finally {
    // Closing the session would release it too; unlocking lets the connection go back to the pool.
    await queryRunner.query("select pg_advisory_unlock(hashtext('wallet migrations'))");
    await queryRunner.release();
  }
}
