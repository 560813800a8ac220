import pg from "pg";
import { type DataSource, QueryFailedError } from "typeorm";
import { WalletError } from "../ledger/wallet-error.js";
import { ConnectionLostError, kindOfFailure } from "./failure.js";
import type { Pool } from "./pool.js";

/**
 * Reads outside any transaction of the engine.
 *
 * @throws DATABASE_UNAVAILABLE when the database cannot answer now.
 */
export async function readRows<Row>(
  reader: DataSource,
  sql: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  try {
    return await reader.query(sql, parameters);
  } catch (error) {
    throw toReadError(error);
  }
}

/**
 * The same, with a statement that a connection prepares once: where tables have many partitions, planning takes many
 * times as long as reading a page. Only for statements whose best plan does not depend on their parameters.
 *
 * @throws DATABASE_UNAVAILABLE when the database cannot answer now.
 */
export async function readPrepared<Row extends object>(
  reader: Pool,
  sql: string,
  parameters: unknown[],
): Promise<Row[]> {
  return readNamed<Row>(reader, { name: reader.statementNames.of(sql), sql, parameters });
}

async function readNamed<Row extends object>(
  reader: Pool,
  { name, sql, parameters }: { name: string | undefined; sql: string; parameters: unknown[] },
): Promise<Row[]> {
  if (name === undefined) return readRows(reader, sql, parameters);
  const queryRunner = reader.createQueryRunner();
  try {
    const connection: pg.PoolClient = await queryRunner.connect();
    const { rows } = await connection.query<Row>({ name, text: sql, values: parameters });
    return rows;
  } catch (error) {
    throw toReadError(error);
  } finally {
    await queryRunner.release();
  }
}

/** The rows of a page of the usual size, and the one that says whether there is another. */
const usualLimit = 51;

/**
 * Reads a page. Its limit stands in the statement itself: for one that is not known PostgreSQL expects a tenth of the
 * table, and plans anew each time instead. So only pages of the usual size are prepared.
 *
 * @throws DATABASE_UNAVAILABLE when the database cannot answer now.
 */
export async function readPage<Row extends object>(
  reader: Pool,
  sql: string,
  parameters: unknown[],
  limit: number,
): Promise<Row[]> {
  const name = limit === usualLimit ? reader.statementNames.ofPage(sql) : undefined;
  return readNamed<Row>(reader, { name, sql, parameters });
}

function toReadError(error: unknown): unknown {
  const cause = error instanceof QueryFailedError ? error.driverError : error;
  const failure = cause instanceof pg.DatabaseError ? cause : new ConnectionLostError(cause);
  const kind = kindOfFailure(failure);
  if (kind === "guilty" || kind === "broken") return error;
  return new WalletError("DATABASE_UNAVAILABLE", "The database cannot be reached. Try again.", {
    retryDelayMs: 1_000,
    cause: error,
  });
}
