import type { Connection } from "../db/connection.js";
import { insertRows } from "../db/replayed-rows.js";
import type { Row, TableLayout } from "../db/table-layout.js";
import { RecoveryError } from "./recovery-error.js";

/** Rows of one table that wait to be inserted together, with the postings of transactions. */
interface Batch {
  readonly table: TableLayout;
  readonly firstLine: number;
  lastLine: number;
  readonly rows: Row[];
  readonly postings: Row[];
}

const batchRowsMax = 3_000;

/** Inserts rows in large statements, of which one is under way while the next is being gathered. */
export class RowLoader {
  readonly #connection: Connection;
  readonly #nested: TableLayout;
  #batch: Batch | undefined;
  #running: Promise<void> = Promise.resolve();

  /** `nested` is the table of the postings. */
  constructor(connection: Connection, nested: TableLayout) {
    this.#connection = connection;
    this.#nested = nested;
  }

  /** Adds the row of a line. Waits when a batch is full and the one before it is not in yet. */
  async add(line: number, table: TableLayout, row: Row, postings: readonly Row[]): Promise<void> {
    if (this.#batch !== undefined && this.#batch.table !== table) await this.flush();
    this.#batch ??= { table, firstLine: line, lastLine: line, rows: [], postings: [] };
    this.#batch.lastLine = line;
    this.#batch.rows.push(row);
    this.#batch.postings.push(...postings);
    if (this.#batch.rows.length + this.#batch.postings.length >= batchRowsMax) await this.flush();
  }

  /** Sends what waits. */
  async flush(): Promise<void> {
    await this.#running;
    if (this.#batch === undefined) return;
    this.#running = this.#insert(this.#batch);
    this.#running.catch(() => {}); // The next one to wait for it hears of it.
    this.#batch = undefined;
  }

  /** Sends what waits, and waits for it. */
  async end(): Promise<void> {
    await this.flush();
    await this.#running;
  }

  async #insert({ table, firstLine, lastLine, rows, postings }: Batch): Promise<void> {
    try {
      await insertRows(this.#connection, table, rows);
      if (postings.length > 0) await insertRows(this.#connection, this.#nested, postings);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      throw new RecoveryError(
        `Lines ${firstLine} to ${lastLine} of the export: the database refused their rows of ${table.name}: ` +
          `${error.message}. Nothing was replayed; the ledger is as empty as before.`,
        { cause: error },
      );
    }
  }
}

/** Bad data and violated constraints, as against a database that cannot go on. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && "code" in error && /^2[23]/.test(String(error.code));
}
