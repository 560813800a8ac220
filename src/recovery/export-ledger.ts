import { createHash, type Hash } from "node:crypto";
import type { Connection } from "../db/connection.js";
import { exportTables, nestedTable } from "../db/export-tables.js";
import { knownMigrations } from "../db/schema.js";
import {
  countPostings,
  estimateRows,
  type Page,
  readLedger,
  readMigrations,
  readSnapshotFacts,
  type SnapshotFacts,
} from "../db/snapshot.js";
import { columnIndex, type TableLayout } from "../db/table-layout.js";
import {
  type ExportHeader,
  type ExportTrailer,
  exportFormat,
  exportVersion,
  headerKind,
  printHead,
  printLine,
  trailerKind,
} from "./export-format.js";
import { LineWriter } from "./line-writer.js";
import type { ProgressListener } from "./progress.js";
import { RecoveryError } from "./recovery-error.js";
import { printRow } from "./row-json.js";

/** The rows of a ledger as lines, and what they sum up to. */
export interface LedgerLines {
  /** Lines 2 to the last but one, some at a time. Read once. */
  readonly bytes: AsyncIterable<Buffer>;
  readonly counts: ReadonlyMap<string, bigint>;
  /** What the last line will say, once `bytes` is at its end. */
  sums(): { line: number; trailer: Omit<ExportTrailer, "header_sha256"> };
}

/** Reads all rows that a connection sees, as the lines of an export; `onPage` looks at them as they pass. */
export function linesOf(connection: Connection, onPage: (page: Page) => void = () => {}): LedgerLines {
  const lines = new LineWriter();
  const heads = createHash("sha256");
  const counts = new Map([...exportTables.map(({ name }) => name), nestedTable].map((name) => [name, 0n]));
  return { bytes: written(), counts, sums };

  async function* written(): AsyncGenerator<Buffer, void> {
    for await (const page of readLedger(connection)) {
      onPage(page);
      addPage(lines, page);
      count(counts, page);
      if (page.table.name === "wallets") addHeads(heads, page);
      yield lines.take();
    }
  }

  function sums(): ReturnType<LedgerLines["sums"]> {
    const { line, sha256 } = lines.end();
    const printed = Object.fromEntries([...counts].map(([name, rows]) => [name, `${rows}`]));
    return {
      line,
      trailer: { counts: printed, chain_heads_sha256: heads.digest("hex"), ledger_sha256: sha256 },
    };
  }
}

/**
 * A whole export, some bytes at a time: header, rows with checksums between them, trailer. `onEnd` gets the trailer.
 *
 * @throws RecoveryError when the schema is not this release's, and when there are postings that no transaction names,
 * for they would be lost.
 */
export async function* exportLedger(
  connection: Connection,
  progress: ProgressListener,
  onEnd: (trailer: ExportTrailer) => void,
): AsyncGenerator<Buffer, void> {
  assertSchema(await readMigrations(connection));
  const header = Buffer.from(printHeader(await readSnapshotFacts(connection)));
  progress.begin("Exporting", "rows", await estimateRows(connection));
  yield header;
  const { bytes, counts, sums } = linesOf(connection);
  for await (const chunk of bytes) {
    progress.at(sumOf(counts.values()));
    yield chunk;
  }
  await assertComplete(connection, counts.get(nestedTable) ?? 0n);
  const { line, trailer } = sums();
  const whole = { ...trailer, header_sha256: createHash("sha256").update(header).digest("hex") };
  yield Buffer.from(printLine(line, trailerKind, JSON.stringify(whole)));
  progress.end();
  onEnd(whole);
}

function assertSchema(migrations: readonly string[]): void {
  if (migrations.join() === knownMigrations.join()) return;
  throw new RecoveryError(
    `The schema of the database is that of migrations ${migrations.join(", ") || "(none)"}, and this release exports ` +
      `that of ${knownMigrations.join(", ")}: run \`wallet migrate up\`, or export with the release that made it.`,
  );
}

function printHeader({ time, firstTransactionId, lastTransactionId }: SnapshotFacts): string {
  const header: ExportHeader = {
    format: exportFormat,
    version: exportVersion,
    migrations: knownMigrations,
    snapshot_time: time,
    first_transaction_id: firstTransactionId,
    last_transaction_id: lastTransactionId,
  };
  return printLine(1, headerKind, JSON.stringify(header));
}

function addPage(lines: LineWriter, { table, nested, rows, postings }: Page): void {
  rows.forEach((row, index) => {
    const own = postings[index];
    const json = printRow(table, row);
    if (own === undefined) lines.add(table.name, json);
    else {
      const within = own.map((posting) => printRow(nested, posting)).join(",");
      lines.add(table.name, `${json.slice(0, -1)},"${nestedTable}":[${within}]}`);
    }
  });
}

function count(counts: Map<string, bigint>, { table, rows, postings }: Page): void {
  const add = (name: string, more: number) => counts.set(name, (counts.get(name) ?? 0n) + BigInt(more));
  add(table.name, rows.length);
  add(
    nestedTable,
    postings.reduce((sum, own) => sum + own.length, 0),
  );
}

function addHeads(heads: Hash, { table, rows }: Page): void {
  const [id, seq, head] = headColumns(table);
  heads.update(rows.map((row) => printHead(row[id], row[seq], row[head])).join(""));
}

function headColumns(wallets: TableLayout): readonly [number, number, number] {
  return [
    columnIndex(wallets, "id"),
    columnIndex(wallets, "posting_seq"),
    columnIndex(wallets, "chain_head"),
  ];
}

/** The sum of counts, for progress. */
export function sumOf(counts: Iterable<bigint>): number {
  return Number([...counts].reduce((sum, count) => sum + count, 0n));
}

async function assertComplete(connection: Connection, exported: bigint): Promise<void> {
  const there = await countPostings(connection);
  if (there === exported) return;
  throw new RecoveryError(
    `The ledger holds ${there} postings, and its transactions name ${exported} of them: it is damaged, and an export ` +
      "of it would not be whole. Restore it to a point before that (deploy/point-in-time-recovery.md).",
  );
}
