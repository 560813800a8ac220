import type { Connection } from "../db/connection.js";
import { exportTables, nestedTable } from "../db/export-tables.js";
import {
  beginReplay,
  clearLedger,
  ensurePartitionsOf,
  filledTables,
  listCheckpointKeyIds,
  lockLedger,
} from "../db/replayed-rows.js";
import { migrateUp } from "../db/schema.js";
import { columnIndex, type Row, readLayout, type TableLayout } from "../db/table-layout.js";
import { ChainStates } from "./chain-states.js";
import { type CheckedLine, readCheckedLines } from "./checked-lines.js";
import { type ExportHeader, type ExportTrailer, trailerKind } from "./export-format.js";
import { readHeader, readTrailer } from "./export-frame.js";
import type { ProgressListener } from "./progress.js";
import { proveEqual } from "./proof.js";
import { badLine, RecoveryError } from "./recovery-error.js";
import { type PostingReader, postingReader, replayPostings } from "./rederive.js";
import type { Comparison } from "./report.js";
import { isObject, readRow } from "./row-json.js";
import { RowLoader } from "./row-loader.js";

const mebibyte = 2 ** 20;

/** The database that a ledger is rebuilt in. */
export interface ReplayTarget {
  readonly ownerUrl: string;
  /** The role of the service, which gets its rights. */
  readonly serviceRole: string;
}

/** How a replay goes on. */
export interface ReplayOptions {
  readonly progress: ProgressListener;
  /** How long the export is; null when nobody knows. */
  readonly bytes: number | null;
  readonly signal: AbortSignal;
}

/** What a replay did. */
export interface ReplayReport {
  readonly header: ExportHeader;
  readonly postings: bigint;
  readonly comparisons: readonly Comparison[];
  /** The keys that the ledger's checkpoints are signed with. Their private halves are in no export. */
  readonly checkpointKeyIds: readonly string[];
}

/**
 * Rebuilds a ledger in a fresh database from an export, works every balance and hash out again on the way, and proves
 * the result equal. All of it is one database transaction: whatever fails, the ledger is as empty as before.
 *
 * @throws RecoveryError when the target is not empty, the file is not a whole export of this schema, a line is not what
 * it must be, or the result is not equal.
 */
export async function replayLedger(
  input: AsyncIterable<Buffer>,
  target: ReplayTarget,
  { progress, bytes, signal }: ReplayOptions,
): Promise<ReplayReport> {
  progress.begin("Loading", "MiB", bytes === null ? null : bytes / mebibyte);
  const lines = readCheckedLines(counted(input, (read) => progress.at(read / mebibyte)));
  const header = readHeader((await lines.next()).value);
  await inTransaction(target.ownerUrl, assertEmpty);
  await migrateUp(target.ownerUrl, target.serviceRole);
  return inTransaction(target.ownerUrl, async (connection) => {
    await lockLedger(connection);
    await assertEmpty(connection);
    await clearLedger(connection);
    const { first_transaction_id: from, last_transaction_id: to } = header;
    if (from !== null && to !== null) await ensurePartitionsOf(connection, { first: from, last: to });
    const { trailer, chains } = await load(connection, lines, signal);
    progress.end();
    const comparisons = await proveEqual(connection, { trailer, chains }, progress, signal);
    const checkpointKeyIds = await listCheckpointKeyIds(connection);
    await connection.commit();
    const postings = BigInt(trailer.counts[nestedTable] ?? 0);
    return { header, postings, comparisons, checkpointKeyIds };
  });
}

async function inTransaction<T>(ownerUrl: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await beginReplay(ownerUrl);
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

async function assertEmpty(connection: Connection): Promise<void> {
  const filled = await filledTables(connection);
  if (filled.length === 0) return;
  throw new RecoveryError(
    `The target holds a ledger already (rows in ${filled.join(", ")}): replay into a fresh database, ` +
      "or into an empty WALLET_DATA_DIR.",
  );
}

/** Inserts the rows of all lines up to the trailer, and replays their postings on the chains of their wallets. */
async function load(
  connection: Connection,
  lines: AsyncIterable<CheckedLine>,
  signal: AbortSignal,
): Promise<{ trailer: ExportTrailer; chains: ChainStates }> {
  const nested = await readLayout(connection, nestedTable);
  const layouts = new Map<string, TableLayout>();
  for (const { name } of exportTables) layouts.set(name, await readLayout(connection, name));
  const loader = new RowLoader(connection, nested);
  const chains = new ChainStates();
  const toPosting = postingReader(nested);
  for await (const { line, kind, content } of lines) {
    signal.throwIfAborted();
    if (kind === trailerKind) {
      await loader.end();
      return { trailer: readTrailer(line, content), chains };
    }
    const table = layouts.get(kind);
    if (table === undefined) throw badLine(line, `it holds a row of ${kind}, which is no table of a ledger.`);
    const { row, postings } = atLine(line, () => readLine(table, nested, content, chains, toPosting));
    await loader.add(line, table, row, postings);
  }
  throw new Error("the lines of an export ended without a trailer");
}

/** The rows of a line, once what they say is worked out again. */
function readLine(
  table: TableLayout,
  nested: TableLayout,
  content: unknown,
  chains: ChainStates,
  toPosting: PostingReader,
): { row: Row; postings: Row[] } {
  if (table.name !== "transactions") {
    const row = readRow(table, content);
    if (table.name === "wallets") addWallet(chains, table, row);
    return { row, postings: [] };
  }
  const { [nestedTable]: own, ...rest } = isObject(content) ? content : {};
  if (!Array.isArray(own)) throw new Error("the transaction has no postings, not even none.");
  const row = readRow(table, rest);
  const postings = own.map((posting) => readRow(nested, posting));
  replayPostings(chains, String(row[columnIndex(table, "id")]), postings.map(toPosting));
  return { row, postings };
}

function addWallet(chains: ChainStates, wallets: TableLayout, row: Row): void {
  const [id, asset] = [row[columnIndex(wallets, "id")], row[columnIndex(wallets, "asset")]].map(String);
  if (!chains.add(id ?? "", asset ?? "")) throw new Error(`wallet ${id} is there already.`);
}

/** Says of a failure which line it is about. */
function atLine<T>(line: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw badLine(line, error instanceof Error ? error.message : String(error));
  }
}

async function* counted(
  input: AsyncIterable<Buffer>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  for await (const chunk of input) {
    bytes += chunk.length;
    onRead(bytes);
    yield chunk;
  }
}
