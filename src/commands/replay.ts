import { open } from "node:fs/promises";
import { addAbortSignal, type Readable } from "node:stream";
import type { Command } from "commander";
import { readCommandConfig } from "../config.js";
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
  const config = readCommandConfig(terminal.env);
  const { input, bytes } = file === "-" ? { input: terminal.input, bytes: null } : await openInput(file);
  const signal = terminal.stopSignal();
  addAbortSignal(signal, input);
  const progress = new Progress(terminal.notices);
  const beganMs = performance.now();
  try {
    const report = await withTarget(config, signal, ({ url, ownerUrl }) =>
      replayLedger(input, { ownerUrl, serviceRole: new URL(url).username }, { progress, bytes, signal }),
    );
    terminal.output.write(textOf(report, (performance.now() - beganMs) / 1_000));
  } catch (error) {
    progress.clear();
    if (signal.aborted) throw new RecoveryError("Stopped: nothing was replayed.");
    throw error;
  } finally {
    input.destroy();
  }
}

/** Opens a file, and tells its length; a pipe with a name has none. */
async function openInput(file: string): Promise<{ input: Readable; bytes: number | null }> {
  const problem = (why: string, cause?: unknown) =>
    new RecoveryError(`${file} cannot be read (${why}): name a file that \`wallet export\` wrote, or -.`, {
      cause,
    });
  try {
    const handle = await open(file);
    const stat = await handle.stat();
    if (stat.isDirectory()) await handle.close();
    if (stat.isDirectory()) throw problem("EISDIR");
    const input = handle.createReadStream({ highWaterMark: readBytes });
    return { input, bytes: stat.isFile() ? stat.size : null };
  } catch (error) {
    if (error instanceof RecoveryError) throw error;
    throw problem(error instanceof Error && "code" in error ? String(error.code) : String(error), error);
  }
}

function textOf(report: ReplayReport, seconds: number): string {
  const { header, postings, comparisons, checkpointKeyIds } = report;
  const rate = Math.round(Number(postings) / seconds).toLocaleString("en-US");
  return [
    `Replayed the ledger of ${header.snapshot_time}: every posting worked out again, and read back from the database.`,
    "",
    printComparisons(comparisons),
    "",
    `The rebuilt ledger is equal. ${duration(seconds)}, ${rate} postings a second.`,
    ...keyNotice(checkpointKeyIds),
    "",
  ].join("\n");
}

/** What the operator has to do before the service starts: without it every check would report the checkpoints. */
function keyNotice(keyIds: readonly string[]): string[] {
  if (keyIds.length === 0) return [];
  return [
    "",
    "Its checkpoints are signed with these keys:",
    ...keyIds.map((keyId) => `  ${keyId}`),
    "An export holds no private key. Before you start the service, give it the same key (CHECKPOINT_KEY_FILE, or",
    "checkpoint-key.pem in WALLET_DATA_DIR), or name these ids in CHECKPOINT_TRUSTED_KEY_IDS: a check of the ledger",
    "reports checkpoints by any other key.",
  ];
}
