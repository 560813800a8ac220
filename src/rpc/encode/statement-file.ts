import { toTimestamp } from "../../db/sql.js";
import type { StatementPosting } from "../../db/statements.js";
import type { StatementSpan } from "../../engine/statements.js";
import type { StatementSum, StatementTotal } from "../../ledger/statement.js";

/** One line of an exported statement. */
export type StatementLine =
  | { readonly kind: "opening"; readonly span: StatementSpan }
  | { readonly kind: "posting"; readonly posting: StatementPosting }
  | { readonly kind: "total"; readonly asset: string; readonly total: StatementTotal }
  | { readonly kind: "closing"; readonly span: StatementSpan; readonly sum: StatementSum };

/** The columns of the file, as the contract lists them. */
const columns = [
  "line",
  "time",
  "wallet_id",
  "asset",
  "amount",
  "balance",
  "type",
  "posting_seq",
  "transaction_id",
  "credits",
  "debits",
  "posting_count",
  "external_reference",
  "description",
] as const;

/** The columns that a line fills. */
type Fields = Partial<Record<(typeof columns)[number], string>>;

/** The lines as CSV, with a line of column names first. Each ends with CR LF, as RFC 4180 has it. */
export async function* csvLines(lines: AsyncIterable<StatementLine>): AsyncIterable<string> {
  yield `${columns.join(",")}\r\n`;
  for await (const line of lines) {
    const fields = fieldsOf(line);
    yield `${columns.map((column) => csvField(column, fields[column] ?? "")).join(",")}\r\n`;
  }
}

/** The lines as one JSON object each, without the columns that are empty. */
export async function* ndjsonLines(lines: AsyncIterable<StatementLine>): AsyncIterable<string> {
  for await (const line of lines) yield `${JSON.stringify(fieldsOf(line))}\n`;
}

/** A line has at most 4,000 UTF-16 units, and each of them at most 3 bytes, so that a chunk stays below 64 KiB. */
const chunkUnits = 16_384;

/** The file in pieces of 1 to 65,536 bytes. */
export async function* chunksOf(lines: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  const utf8 = new TextEncoder();
  let text = "";
  for await (const line of lines) {
    text += line;
    if (text.length < chunkUnits) continue;
    yield utf8.encode(text);
    text = "";
  }
  if (text !== "") yield utf8.encode(text);
}

function fieldsOf(line: StatementLine): Fields {
  switch (line.kind) {
    case "opening":
      return {
        line: line.kind,
        time: toTimestamp(line.span.startTime),
        wallet_id: line.span.walletId,
        asset: line.span.asset,
        balance: `${line.span.opening}`,
      };
    case "posting":
      return postingFields(line.posting);
    case "total":
      return { line: line.kind, asset: line.asset, type: line.total.type, ...sumFields(line.total) };
    case "closing":
      return {
        line: line.kind,
        time: toTimestamp(line.span.endTime),
        wallet_id: line.span.walletId,
        asset: line.span.asset,
        balance: `${line.span.closing}`,
        ...sumFields(line.sum),
      };
  }
}

function postingFields(posting: StatementPosting): Fields {
  return {
    line: "posting",
    time: toTimestamp(posting.postTime),
    wallet_id: posting.walletId,
    asset: posting.asset,
    amount: `${posting.amount}`,
    balance: `${posting.balanceAfter}`,
    type: posting.type,
    posting_seq: `${posting.postingSeq}`,
    transaction_id: posting.transactionId,
    ...(posting.externalReference !== "" && { external_reference: posting.externalReference }),
    ...(posting.description !== "" && { description: posting.description }),
  };
}

function sumFields({ credits, debits, postingCount }: StatementSum): Fields {
  return { credits: `${credits}`, debits: `${debits}`, posting_count: `${postingCount}` };
}

// Spreadsheets take a cell that begins so for a formula, and callers choose these texts. The quote itself is escaped
// too, so that taking off one leading quote always gives the text back.
const formulaStart = /^[=+\-@\t\r\n'＝＋－＠]/;

/** Text of callers is always quoted: some spreadsheets also part cells at semicolons. The rest never needs it. */
function csvField(column: (typeof columns)[number], value: string): string {
  if (value === "" || (column !== "description" && column !== "external_reference")) return value;
  const text = formulaStart.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}
