import { buffer } from "node:stream/consumers";
import { exportTables, nestedTable } from "../../src/db/export-tables.js";
import { openSnapshot } from "../../src/db/snapshot.js";
import { exportLedger } from "../../src/recovery/export-ledger.js";
import type { ProgressListener } from "../../src/recovery/progress.js";
import { RecoveryError } from "../../src/recovery/recovery-error.js";
import { type ReplayReport, replayLedger } from "../../src/recovery/replay-ledger.js";
import { onServer, openSession, type TestDatabase, testDatabase } from "./postgres.js";

/** Progress that nobody looks at. */
export const quiet: ProgressListener = { begin: () => {}, at: () => {}, end: () => {} };

/** The export of a ledger, whole. */
export async function exportOf(url: string): Promise<Buffer> {
  const snapshot = await openSnapshot(url);
  try {
    return await buffer(exportLedger(snapshot, quiet, () => {}));
  } finally {
    await snapshot.end();
  }
}

/** Rebuilds a ledger from an export; the bytes arrive in pieces of this size, wherever lines may end. */
export function replayInto(
  { ownerUrl }: Pick<TestDatabase, "ownerUrl">,
  bytes: Buffer,
  pieceBytes = 65_536,
): Promise<ReplayReport> {
  return replayLedger(
    piecesOf(bytes, pieceBytes),
    { ownerUrl, serviceRole: "wallet_service" },
    { progress: quiet, bytes: bytes.length, signal: new AbortController().signal },
  );
}

/** What a replay was refused for; fails the test when it was not. */
export async function replayFailure(target: TestDatabase, bytes: Buffer): Promise<string> {
  try {
    await replayInto(target, bytes);
  } catch (error) {
    if (error instanceof RecoveryError) return error.message;
    throw error;
  }
  throw new Error("the export was replayed");
}

let targets = 0;

/** A database that the owner may make a ledger in, without any schema. */
export async function emptyTarget(): Promise<TestDatabase> {
  const { url, ownerUrl, superuserUrl } = await testDatabase();
  const name = `replay_${++targets}`;
  await onServer(superuserUrl, `create database ${name} owner wallet_owner template template0`);
  const at = (base: string) => Object.assign(new URL(base), { pathname: `/${name}` }).href;
  return { url: at(url), ownerUrl: at(ownerUrl), superuserUrl: at(superuserUrl) };
}

/** Every row of every table that is a ledger's, as text, by table. */
export async function dumpEverything(url: string): Promise<Record<string, string[]>> {
  const session = await openSession(url);
  const dump: Record<string, string[]> = {};
  try {
    for (const name of [...exportTables.map((table) => table.name), nestedTable]) {
      const sql = `select to_jsonb(t)::text as row from ${name} t order by 1`;
      dump[name] = (await session.query<{ row: string }>(sql)).rows.map(({ row }) => row);
    }
    return dump;
  } finally {
    await session.end();
  }
}

async function* piecesOf(bytes: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    yield bytes.subarray(start, start + pieceBytes);
  }
}
