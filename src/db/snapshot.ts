import { Connection } from "./connection.js";
import { exportTables, nestedTable } from "./export-tables.js";
import { textArray } from "./sql.js";
import {
  columnIndex,
  orderList,
  type Row,
  readLayout,
  selectList,
  type TableLayout,
  toValues,
} from "./table-layout.js";

/** Some rows of one table, in order. */
export interface Page {
  readonly table: TableLayout;
  /** The table of the postings. */
  readonly nested: TableLayout;
  readonly rows: readonly Row[];
  /** For transactions, the postings of each row in the order in which it names them; for other tables nothing. */
  readonly postings: readonly (readonly Row[])[];
}

/** What an export begins with. */
export interface SnapshotFacts {
  /** By the database's clock, as text. What was committed before it is in the snapshot. */
  readonly time: string;
  /** The lowest and the highest id of a transaction: its months. Null when there is none. */
  readonly firstTransactionId: string | null;
  readonly lastTransactionId: string | null;
}

const pageRows = 500;

/** Opens a view of the ledger as of one moment. It takes no lock that a writer would wait for. End it. */
export function openSnapshot(url: string): Promise<Connection> {
  return Connection.begin(url, "wallet export", "isolation level repeatable read read only");
}

/** The names of the migrations that made the schema, oldest first; none when there is no schema. */
export async function readMigrations(connection: Connection): Promise<string[]> {
  const [[exists] = []] = await connection.query("select to_regclass('migrations') is not null");
  if (exists !== "t") return [];
  const rows = await connection.query("select name from migrations order by id");
  return rows.map(([name]) => name ?? "");
}

export async function readSnapshotFacts(connection: Connection): Promise<SnapshotFacts> {
  const [facts = []] = await connection.query(
    `select to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       (select id from transactions order by id limit 1), (select id from transactions order by id desc limit 1)`,
  );
  const [time, first, last] = facts;
  return {
    time: time ?? "",
    firstTransactionId: first ?? null,
    lastTransactionId: last ?? null,
  };
}

/** About how many rows there are in all tables, from the planner's statistics; for progress only. */
export async function estimateRows(connection: Connection): Promise<number> {
  const [[count] = []] = await connection.query(
    `select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint
     from pg_class c left join pg_inherits i on i.inhrelid = c.oid
     where c.relkind = 'r' and coalesce(i.inhparent, c.oid) = any($1::text[]::regclass[])`,
    [textArray([...exportTables.map(({ name }) => name), nestedTable])],
  );
  return Number(count);
}

/** How many postings there are, whichever transaction they belong to. */
export async function countPostings(connection: Connection): Promise<bigint> {
  const [[count] = []] = await connection.query("select count(*) from postings");
  return BigInt(count ?? 0);
}

/** All rows of the ledger, table by table, each in its order. One page is read ahead while the last is being used. */
export async function* readLedger(connection: Connection): AsyncGenerator<Page, void> {
  const pages = readTables(connection);
  let next = pages.next();
  for (;;) {
    const { done, value } = await next;
    if (done) return;
    next = pages.next();
    next.catch(() => {}); // Whoever takes the next page hears of it; nobody may.
    yield value;
  }
}

async function* readTables(connection: Connection): AsyncGenerator<Page, void> {
  const nested = await readLayout(connection, nestedTable);
  for (const { name, order } of exportTables) {
    const table = await readLayout(connection, name);
    const sql = `select ${selectList(table, "t")} from ${name} t order by ${orderList(table, order)}`;
    for await (const rows of readPages(connection, table, sql)) {
      const postings = name === "transactions" ? await readPostings(connection, table, nested, rows) : [];
      yield { table, nested, rows, postings };
    }
  }
}

/** The rows of a statement, some at a time, by a cursor: it sorts once and then needs no more memory than a page. */
async function* readPages(
  connection: Connection,
  table: TableLayout,
  sql: string,
): AsyncGenerator<Row[], void> {
  await connection.query(`declare ledger_rows no scroll cursor for ${sql}`);
  for (;;) {
    const printed = await connection.query(`fetch ${pageRows} from ledger_rows`);
    if (printed.length === 0) break;
    yield printed.map((row) => toValues(table, row));
  }
  await connection.query("close ledger_rows");
}

/** A transaction names its postings, so each is one look-up by primary key, as `offset 0` makes sure. */
async function readPostings(
  connection: Connection,
  transactions: TableLayout,
  postings: TableLayout,
  rows: readonly Row[],
): Promise<Row[][]> {
  const named = rows.map((row) => namesOf(transactions, row));
  const printed = await connection.query(
    `select ${selectList(postings, "p")}
     from unnest($1::text[]::uuid[], $2::text[]::bigint[]) as named (wallet_id, posting_seq),
       lateral (select * from ${nestedTable} one where one.wallet_id = named.wallet_id
         and one.posting_seq = named.posting_seq offset 0) as p`,
    [textArray(named.flat().map(({ walletId }) => walletId)), textArray(named.flat().map(({ seq }) => seq))],
  );
  const columns = ["transaction_id", "wallet_id", "posting_seq"].map((name) => columnIndex(postings, name));
  const found = new Map<string, Row>();
  for (const text of printed) {
    const row = toValues(postings, text);
    found.set(columns.map((index) => row[index]).join(" "), row);
  }
  const id = columnIndex(transactions, "id");
  return rows.map((row, index) =>
    (named[index] ?? [])
      .map(({ walletId, seq }) => found.get(`${row[id]} ${walletId} ${seq}`))
      .filter((posting) => posting !== undefined),
  );
}

/** The postings that a transaction names; a refused one names a wallet without any. */
function namesOf(transactions: TableLayout, row: Row): { walletId: string | null; seq: string | null }[] {
  const walletIds = listAt(row, columnIndex(transactions, "wallet_ids"));
  const seqs = listAt(row, columnIndex(transactions, "posting_seqs"));
  return seqs.map((seq, index) => ({ walletId: walletIds[index] ?? null, seq }));
}

function listAt(row: Row, index: number): readonly (string | null)[] {
  const value = row[index];
  return value === null || value === undefined || typeof value === "string" ? [] : value;
}
