import pg from "pg";
import type { DataSourceOptions } from "typeorm";
import { AssetEntity } from "./entities/asset.js";
import { HolderEntity } from "./entities/holder.js";
import { JobEntity } from "./entities/job.js";
import { WalletEntity } from "./entities/wallet.js";
import { type LockStatements, lockStatements } from "./locks.js";
import { Pool } from "./pool.js";
import type { Isolation } from "./session.js";
import { fromPlainArray, fromTimestamp } from "./sql.js";

/** How the service connects to PostgreSQL. */
export interface DatabaseOptions {
  readonly url: string;
  /** Connections for the posting engine: one per lane, two for acts, one to resolve a doubt, one for the audit log. */
  readonly writerConnectionsMax: number;
  /** Connections for reads. More than a few per core makes PostgreSQL slower. */
  readonly readerConnectionsMax: number;
  /** After this the driver gives a statement up and closes the connection, in milliseconds. */
  readonly queryTimeoutMs: number;
  /** The isolation of the transactions that change anything. */
  readonly isolation: Isolation;
  /** Whether connections may keep prepared statements. */
  readonly preparedStatements: boolean;
  /** Called when an idle connection is lost. The pool replaces it; unhandled, it would end the process. */
  readonly onConnectionLost: (error: Error) => void;
}

/** The open database: one pool that writes and one that reads, so that readers never make the engine wait. */
export interface Database {
  readonly writer: Pool;
  readonly reader: Pool;
  readonly locks: LockStatements;
  /** The isolation of the transactions that change anything. */
  readonly isolation: Isolation;
}

/**
 * Opens both pools and proves that the server answers.
 *
 * @throws the driver's error when it does not.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { writerConnectionsMax, readerConnectionsMax, preparedStatements } = options;
  const writer = new Pool(poolOf(options, "wallet writer", writerConnectionsMax), preparedStatements);
  const reader = new Pool(poolOf(options, "wallet reader", readerConnectionsMax), preparedStatements);
  await writer.initialize();
  try {
    await reader.initialize();
  } catch (error) {
    await writer.destroy();
    throw error;
  }
  return { writer, reader, locks: lockStatements(writer), isolation: options.isolation };
}

export async function closeDatabase(database: Database): Promise<void> {
  await Promise.all([database.writer.destroy(), database.reader.destroy()]);
}

function poolOf(options: DatabaseOptions, applicationName: string, max: number): DataSourceOptions {
  return {
    type: "postgres",
    url: options.url,
    entities: [AssetEntity, HolderEntity, JobEntity, WalletEntity],
    applicationName,
    installExtensions: false,
    logging: false,
    connectTimeoutMS: connectTimeoutMs,
    poolErrorHandler: (error: Error) => options.onConnectionLost(withoutClient(error)),
    extra: {
      max,
      // A connection that is opened anew has to learn all about the tables before it plans its first statement.
      idleTimeoutMillis: 0,
      pipeline: true,
      keepAlive: true,
      query_timeout: options.queryTimeoutMs,
      types: { getTypeParser },
    },
  };
}

// The driver hangs the whole connection on the error, and what it was opened with does not belong into a log.
function withoutClient(error: Error): Error {
  Reflect.deleteProperty(error, "client");
  return error;
}

const connectTimeoutMs = 5_000;

const timestampWithTimeZone = 1184;
const arraysOfIds = 2951;
const arraysOfBigints = 1016;

/**
 * The driver's own parsers, but times to the microsecond: a JavaScript date would lose three digits. And arrays that
 * need no more than a split get no more: a page of transactions has a hundred.
 */
function getTypeParser(oid: number, format?: "text" | "binary"): unknown {
  if (oid === timestampWithTimeZone) return fromTimestamp;
  if (oid === arraysOfIds || oid === arraysOfBigints) return fromPlainArray;
  return pg.types.getTypeParser(oid, format as "text");
}
