import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import type { Command } from "commander";
import { readConfig } from "../config.js";
import { duration, Progress } from "../recovery/progress.js";
import { RecoveryError } from "../recovery/recovery-error.js";
import { type ReplayReport, replayLedger } from "../recovery/replay-ledger.js";
import { printComparisons } from "../recovery/report.js";
import { withTarget } from "./ledger-database.js";
import type { Terminal } from "./terminal.js";

const readBytes = 1024 * 1024;

/** Adds `wallet replay`. */
export function addReplay(program: Command, terminal: Terminal): void {
  program
    .command("replay")
    .description("rebuild a ledger in a fresh database from an export, and prove it equal")
    .argument("<file>", "what `wallet export` wrote; - for standard input")
    .action((file: string) => runReplay(terminal, file));
}

async function runReplay(terminal: Terminal, file: string): Promise<void> {
  const config = readConfig(terminal.env);
  const bytes = file === "-" ? null : await sizeOf(file);
  const signal = terminal.stopSignal();
  const beganMs = performance.now();
  const input = file === "-" ? terminal.input : createReadStream(file, { highWaterMark: readBytes });
  addAbortSignal(signal, input);
  try {
    const report = await withTarget(config, signal, ({ url, ownerUrl }) =>
      replayLedger(
        input,
        { ownerUrl, serviceRole: new URL(url).username },
        { progress: new Progress(terminal.notices), bytes, signal },
      ),
    );
    terminal.output.write(textOf(report, (performance.now() - beganMs) / 1_000));
  } catch (error) {
    if (signal.aborted) throw new RecoveryError("Stopped: nothing was replayed.");
    throw error;
  } finally {
    input.destroy();
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw new RecoveryError(`${file} cannot be read: name a file that \`wallet export\` wrote, or -.`, {
      cause: error,
    });
  }
}

function textOf({ header, postings, comparisons }: ReplayReport, seconds: number): string {
  const rate = Math.round(Number(postings) / seconds).toLocaleString("en-US");
  return [
    `Replayed the ledger of ${header.snapshot_time}: every posting worked out again, and read back from the database.`,
    "",
    printComparisons(comparisons),
    "",
    `The rebuilt ledger is equal. ${duration(seconds)}, ${rate} postings a second.`,
    "",
  ].join("\n");
}
