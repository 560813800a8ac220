// The format `wallet-export/1`; docs/recovery.md describes it for those who read such a file.
import { crc32 } from "node:zlib";

/** What the first line says of the file. */
export interface ExportHeader {
  readonly format: string;
  readonly version: string;
  /** The names of the schema's migrations, oldest first. */
  readonly migrations: readonly string[];
  readonly snapshot_time: string;
  readonly first_transaction_id: string | null;
  readonly last_transaction_id: string | null;
}

/** What the last line says of the file. */
export interface ExportTrailer {
  /** How many rows of each table there are; as text, like every number. */
  readonly counts: Readonly<Record<string, string>>;
  /** sha256 over each wallet's id, number of postings and chain head. */
  readonly chain_heads_sha256: string;
  /** sha256 of the first line. */
  readonly header_sha256: string;
  /** sha256 of all lines between the first and the last: equal ledgers have equal ones. */
  readonly ledger_sha256: string;
}

export const exportFormat = "wallet-export";
export const exportVersion = "1";

/** The kinds of line that are no rows. Every other kind is the name of a table. */
export const headerKind = "header";
export const checksumKind = "checksum";
export const trailerKind = "trailer";

/** After so many rows there is a line with the checksum of all lines so far. */
export const rowsPerChecksum = 1_000;

/** Longer than any line can be: a row's largest value is an answer of at most 4 MiB. */
export const lineBytesMax = 64 * 1024 * 1024;

/** One line: its number, the checksum of what follows, and its content under its kind. */
export function printLine(line: number, kind: string, json: string): string {
  const body = `"${kind}":${json}}`;
  return `{"line":${line},"crc32":"${printCrc(crc32(body))}",${body}\n`;
}

/** A checksum of a line as it is written: eight hexadecimal digits. */
export function printCrc(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}

/** What of a wallet goes into `chain_heads_sha256`, in the order of the ids. */
export function printHead(walletId: unknown, postingSeq: unknown, chainHead: unknown): string {
  return `${walletId} ${postingSeq} ${chainHead}\n`;
}
