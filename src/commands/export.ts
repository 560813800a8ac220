import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { readCommandConfig } from "../config.js";
import { openSnapshot } from "../db/snapshot.js";
import { explained, writeExportFile } from "../recovery/export-file.js";
import type { ExportTrailer } from "../recovery/export-format.js";
import { exportLedger } from "../recovery/export-ledger.js";
import { Progress } from "../recovery/progress.js";
import { RecoveryError } from "../recovery/recovery-error.js";
import { withLedger } from "./ledger-database.js";
import type { Terminal } from "./terminal.js";

/** Adds `wallet export`. */
export function addExport(program: Command, terminal: Terminal): void {
  program
    .command("export")
    .description("write the whole ledger as lines of JSON with checksums, from a service that may be running")
    .option("--output <file>", "a file that is not there yet, instead of standard output")
    .action(({ output }: { output?: string }) => runExport(terminal, output));
}

async function runExport(terminal: Terminal, file: string | undefined): Promise<void> {
  const config = readCommandConfig(terminal.env);
  const signal = terminal.stopSignal();
  const progress = new Progress(terminal.notices);
  const trailer = await withLedger(config, signal, async ({ url }) => {
    const snapshot = await openSnapshot(url);
    try {
      let end: ExportTrailer | undefined;
      const lines = exportLedger(snapshot, progress, (trailer) => {
        end = trailer;
      });
      await write(Readable.from(lines), file, terminal, signal);
      return end;
    } finally {
      await snapshot.end();
    }
  }).catch((error: unknown) => {
    progress.clear();
    if (signal.aborted) throw new RecoveryError("Stopped: there is no whole export.");
    throw error;
  });
  terminal.notices.write(summaryOf(trailer, file ?? "standard output"));
}

async function write(
  content: Readable,
  file: string | undefined,
  { output }: Terminal,
  signal: AbortSignal,
): Promise<void> {
  if (file !== undefined) return writeExportFile(file, content, signal);
  try {
    await pipeline(content, output, { signal, end: false });
  } catch (error) {
    throw explained(error, "standard output");
  }
}

function summaryOf(trailer: ExportTrailer | undefined, output: string): string {
  const count = (table: string) => Number(trailer?.counts[table] ?? 0).toLocaleString("en-US");
  return (
    `Exported ${count("transactions")} transactions with ${count("postings")} postings of ${count("wallets")} wallets ` +
    `to ${output}; ledger sha256 ${trailer?.ledger_sha256}\n`
  );
}
