import type { Connection } from "./connection.js";

/** A value as it leaves the database and comes back: text that loses nothing, a list of such, or null. */
export type Value = string | null | readonly (string | null)[];

/** A row's values, in the order of its table's columns. */
export type Row = readonly Value[];

/** How a column's values are written outside the database. */
type ColumnKind = "text" | "time" | "bytes" | "list";

/** A column and its type, in PostgreSQL's own words. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly kind: ColumnKind;
}

/** A table's columns, as the catalog has them. */
export interface TableLayout {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** Reads a table's columns. What the database computes by itself is left out. */
export async function readLayout(connection: Connection, table: string): Promise<TableLayout> {
  const rows = await connection.query(
    `select attname, format_type(atttypid, atttypmod) from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  );
  const columns = rows.map(([name, type]) => {
    const typeName = String(type);
    return { name: String(name), type: typeName, kind: kindOf(typeName) };
  });
  return { name: table, columns };
}

/** Where a column's value is in a row. */
export function columnIndex({ name, columns }: TableLayout, column: string): number {
  const index = columns.findIndex((one) => one.name === column);
  if (index < 0) throw new Error(`the table ${name} has no column ${column}`);
  return index;
}

/** The columns as they are selected, for rows that {@link toValues} can read. */
export function selectList({ columns }: TableLayout, alias: string): string {
  return columns
    .map(({ name, kind }) =>
      kind === "list" ? `to_json(${alias}.${name}::text[])::text` : `${alias}.${name}`,
    )
    .join(", ");
}

/** The columns that rows are ordered by. Text goes by its bytes: a locale of the server would order it otherwise elsewhere. */
export function orderList(layout: TableLayout, order: readonly string[]): string {
  return order
    .map((name) =>
      layout.columns[columnIndex(layout, name)]?.type === "text" ? `${name} collate "C"` : name,
    )
    .join(", ");
}

/** A row as the server prints it, in the form that it has outside. */
export function toValues({ columns }: TableLayout, printed: readonly (string | null)[]): Row {
  return columns.map(({ kind }, index) => {
    const text = printed[index] ?? null;
    if (text === null || kind === "text") return text;
    if (kind === "time") return isoTime(text);
    return kind === "bytes" ? text.slice(2) : JSON.parse(text);
  });
}

/** The expression that makes a column's value of its text outside. */
export function castOf({ name, type, kind }: Column): string {
  return kind === "bytes" ? `decode(${name}, 'hex')` : `${name}::${type}`;
}

function kindOf(type: string): ColumnKind {
  if (type.endsWith("[]")) return "list";
  if (type === "timestamp with time zone") return "time";
  return type === "bytea" ? "bytes" : "text";
}

/** `2026-11-21 10:00:00.5+00` as `2026-11-21T10:00:00.500000Z`; the session's time zone is UTC. */
function isoTime(text: string): string {
  if (!text.endsWith("+00")) return text; // Infinity is not a moment; PostgreSQL reads it back as it is.
  const [date = "", time = ""] = text.slice(0, -3).split(" ");
  return `${date}T${time.slice(0, 8)}.${time.slice(9).padEnd(6, "0")}Z`;
}
