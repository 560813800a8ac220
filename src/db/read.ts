import pg from "pg";
import { type DataSource, QueryFailedError } from "typeorm";
import { WalletError } from "../ledger/wallet-error.js";
import { ConnectionLostError, kindOfFailure } from "./failure.js";

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
    const cause = error instanceof QueryFailedError ? error.driverError : error;
    const failure = cause instanceof pg.DatabaseError ? cause : new ConnectionLostError(cause);
    const kind = kindOfFailure(failure);
    if (kind === "guilty" || kind === "broken") throw error;
    throw new WalletError("DATABASE_UNAVAILABLE", "The database cannot be reached. Try again.", {
      retryDelayMs: 1_000,
      cause: error,
    });
  }
}
