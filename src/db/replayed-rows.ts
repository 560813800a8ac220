import { Connection } from "./connection.js";
import { exportTables, filledByMigrations, nestedTable } from "./export-tables.js";
import { createMonthPartition, monthsBetween } from "./partitions.js";
import { textArray } from "./sql.js";
import { castOf, type Row, type TableLayout } from "./table-layout.js";

const ledgerTables = [...exportTables.map(({ name }) => name), nestedTable];

/** Opens the one transaction that a ledger is rebuilt in, as the owner of the database. */
export function beginReplay(ownerUrl: string): Promise<Connection> {
  return Connection.begin(ownerUrl, "wallet replay", "isolation level read committed read write");
}

/** Those tables of the ledger that hold more than the migrations put there, of those that exist. */
export async function filledTables(connection: Connection): Promise<string[]> {
  const filled: string[] = [];
  for (const name of ledgerTables.filter((table) => !filledByMigrations.includes(table))) {
    const [[exists] = []] = await connection.query("select to_regclass($1) is not null", [name]);
    if (exists !== "t") continue;
    const [[found] = []] = await connection.query(`select exists (select from ${name})`);
    if (found === "t") filled.push(name);
  }
  return filled;
}

/** Keeps everybody else from writing a ledger until the transaction ends. Whoever only reads goes on. */
export async function lockLedger(connection: Connection): Promise<void> {
  await connection.query(`lock table ${ledgerTables.join(", ")} in share row exclusive mode`);
}

/** Takes away what the migrations put into the ledger. */
export async function clearLedger(connection: Connection): Promise<void> {
  for (const name of filledByMigrations) await connection.query(`delete from ${name}`);
}

/** Makes the monthly partitions that transactions with these ids belong to, as far as they are missing. */
export async function ensurePartitionsOf(
  connection: Connection,
  { first, last }: { first: string; last: string },
): Promise<void> {
  for (const month of monthsBetween(first, last)) await connection.query(createMonthPartition(month));
}

/**
 * Adds rows to a table with one statement, so that a trigger which looks at a statement's rows sees whole transactions.
 * Every value is checked again by the type of its column and by the constraints.
 */
export async function insertRows(
  connection: Connection,
  { name, columns }: TableLayout,
  rows: readonly Row[],
): Promise<void> {
  const names = columns.map((column) => column.name).join(", ");
  await connection.query(
    `insert into ${name} (${names}) select ${columns.map(castOf).join(", ")}
     from unnest(${columns.map((_, index) => `$${index + 1}::text[]`).join(", ")}) as replayed (${names})`,
    columns.map((_, index) => textArray(rows.map((row) => cellText(row[index] ?? null)))),
  );
}

/** Brings the planner's statistics up to date, for the proof that follows and for the service after it. */
export async function analyzeLedger(connection: Connection): Promise<void> {
  await connection.query(`analyze ${ledgerTables.join(", ")}`);
}

/** How many wallets do not hold what their open holds hold, and how many assets do not sum to zero. */
export async function countUnbalanced(connection: Connection): Promise<{ wallets: bigint; assets: bigint }> {
  const [[wallets, assets] = []] = await connection.query(
    `select (select count(*) from wallets w left join
         (select wallet_id, sum(amount - captured) as held from holds where state = 'ACTIVE' group by 1) h
         on h.wallet_id = w.id where w.held <> coalesce(h.held, 0)),
       (select count(*) from (select from wallets group by asset having sum(balance) <> 0) as unbalanced)`,
  );
  return { wallets: BigInt(wallets ?? 0), assets: BigInt(assets ?? 0) };
}

/** The ids of the keys that the checkpoints of a ledger are signed with, in the order of their text. */
export async function listCheckpointKeyIds(connection: Connection): Promise<string[]> {
  const rows = await connection.query("select distinct key_id from checkpoints order by key_id");
  return rows.map(([keyId]) => String(keyId));
}

function cellText(value: Row[number]): string | null {
  return value === null || typeof value === "string" ? value : textArray(value);
}
