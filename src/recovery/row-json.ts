import type { Row, TableLayout, Value } from "../db/table-layout.js";

/** A row as JSON: an object with the table's columns, in their order. Numbers, times and bytes are text. */
export function printRow({ columns }: TableLayout, row: Row): string {
  const members = columns.map(({ name }, index) => `"${name}":${JSON.stringify(row[index] ?? null)}`);
  return `{${members.join(",")}}`;
}

/**
 * A row from what its JSON held.
 *
 * @throws a sentence, as an Error, when it has not exactly the table's columns.
 */
export function readRow({ name, columns }: TableLayout, json: unknown): Row {
  if (!isObject(json)) throw new Error(`a row of ${name} is an object.`);
  const row = columns.map((column) => {
    const value = json[column.name];
    if (!isValue(value)) throw new Error(`the row of ${name} has no proper ${column.name}.`);
    return value;
  });
  const keys = Object.keys(json);
  if (keys.length === columns.length) return row; // All of them are there, so there is no other.
  const extra = keys.find((key) => !columns.some((column) => column.name === key));
  throw new Error(`${name} has no column ${extra}.`);
}

export function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function isValue(value: unknown): value is Value {
  if (value === null || typeof value === "string") return true;
  return Array.isArray(value) && value.every((item) => item === null || typeof item === "string");
}
