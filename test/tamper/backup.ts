import type pg from "pg";
import type { Rows } from "./tampering.js";

/** What rows say that differ: their wallets, transactions and checkpoints. */
export type Concerned = ReadonlySet<string>;

/** The columns that say what a row is about. */
const namingColumns = [
  "id",
  "wallet_id",
  "wallet_ids",
  "transaction_id",
  "original_transaction_id",
  "operation_id",
  "checkpoint_id",
  "first_wallet_id",
];

let backups = 0;

/** A copy of some rows, to compare them with and to put them back. */
export class Backup {
  readonly #session: pg.Client;
  readonly #rows: Rows;
  readonly #copy: string;

  private constructor(session: pg.Client, rows: Rows, copy: string) {
    this.#session = session;
    this.#rows = rows;
    this.#copy = copy;
  }

  static async of(session: pg.Client, rows: Rows): Promise<Backup> {
    const copy = `backup_${++backups}`;
    await session.query(`create temp table ${copy} as select * from ${rows.table} where ${rows.where}`);
    return new Backup(session, rows, copy);
  }

  /** What the rows are about that are other ones now: before and after. */
  async concerned(): Promise<Concerned> {
    const now = `select * from ${this.#rows.table} where ${this.#rows.where}`;
    const { rows } = await this.#session.query<{ row: Record<string, unknown> }>(
      `select to_jsonb(d) as row from ((select * from ${this.#copy} except ${now})
         union all (${now} except select * from ${this.#copy})) as d`,
    );
    const named = rows.flatMap(({ row }) => namingColumns.flatMap((column) => idsIn(row[column])));
    const captures = rows.flatMap(({ row }) => (typeof row.capture === "number" ? [row.capture] : []));
    return new Set([...named, ...(await this.#sealing(captures))]);
  }

  /** The checkpoints that seal what was captured then or is still as it was then. */
  async #sealing(captures: readonly number[]): Promise<string[]> {
    if (captures.length === 0) return [];
    const sql = "select id from checkpoints where capture >= $1";
    const { rows } = await this.#session.query<{ id: string }>(sql, [Math.min(...captures)]);
    return rows.map(({ id }) => id);
  }

  async restore(): Promise<void> {
    const { table, where } = this.#rows;
    await this.#session.query(`delete from ${table} where ${where}`);
    await this.#session.query(`insert into ${table} select * from ${this.#copy}`);
    await this.#session.query(`drop table ${this.#copy}`);
  }
}

function idsIn(value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === "string");
}
