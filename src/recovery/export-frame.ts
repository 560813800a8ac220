import { knownMigrations } from "../db/schema.js";
import type { CheckedLine } from "./checked-lines.js";
import {
  type ExportHeader,
  type ExportTrailer,
  exportFormat,
  exportVersion,
  headerKind,
} from "./export-format.js";
import { badLine, RecoveryError } from "./recovery-error.js";
import { isObject } from "./row-json.js";

/**
 * Reads the first line of an export.
 *
 * @throws RecoveryError when it is none, of another version, or of another schema than this release makes.
 */
export function readHeader(first: CheckedLine | undefined): ExportHeader {
  const content = first?.kind === headerKind ? first.content : undefined;
  if (!isObject(content) || content.format !== exportFormat) {
    throw new RecoveryError("This is no export of a wallet ledger: its first line is no header of one.");
  }
  if (content.version !== exportVersion) {
    throw new RecoveryError(
      `This export is of version ${content.version}, and this release replays version ${exportVersion}: ` +
        "replay it with the release that made it, then migrate.",
    );
  }
  const migrations = textsOf(content.migrations);
  if (migrations.join() !== knownMigrations.join()) {
    throw new RecoveryError(
      `This export has the schema of migrations ${migrations.join(", ")}, and this release makes that of ` +
        `${knownMigrations.join(", ")}: replay it with the release that made it, then migrate.`,
    );
  }
  return {
    format: exportFormat,
    version: exportVersion,
    migrations,
    snapshot_time: String(content.snapshot_time),
    first_transaction_id: textOrNull(content.first_transaction_id),
    last_transaction_id: textOrNull(content.last_transaction_id),
  };
}

/**
 * Reads the last line of an export.
 *
 * @throws RecoveryError when it lacks what is compared in the end.
 */
export function readTrailer(line: number, content: unknown): ExportTrailer {
  const { counts, chain_heads_sha256, header_sha256, ledger_sha256 } = isObject(content) ? content : {};
  const digests = [chain_heads_sha256, header_sha256, ledger_sha256];
  if (
    !isObject(counts) ||
    !Object.values(counts).every(isCount) ||
    digests.some((digest) => typeof digest !== "string")
  ) {
    throw badLine(line, "it lacks counts or checksums.");
  }
  return {
    counts: Object.fromEntries(Object.entries(counts).map(([name, rows]) => [name, String(rows)])),
    chain_heads_sha256: String(chain_heads_sha256),
    header_sha256: String(header_sha256),
    ledger_sha256: String(ledger_sha256),
  };
}

function isCount(value: unknown): boolean {
  return typeof value === "string" && /^\d{1,18}$/.test(value);
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
