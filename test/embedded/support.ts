import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { removeDataDir } from "../../src/embedded/temporary.js";

const children = new Set<ChildProcess>();
const folders = new Set<string>();

/** A name for a data directory that `cleanUp` removes. */
export function newDataDir(parent = tmpdir()): string {
  const path = join(parent, `wallet-test-${randomUUID()}`);
  folders.add(path);
  return path;
}

/** Ends the processes that a test left behind, then removes its folders. */
export async function cleanUp(): Promise<void> {
  for (const child of children) await kill(child);
  children.clear();
  for (const folder of folders) await removeDataDir(folder);
  folders.clear();
}

/** Starts a service process on the data directory and waits for the first line that matches. */
export async function spawnService(
  dataDir: string,
  until: RegExp,
): Promise<{ child: ChildProcess; line: string }> {
  const script = fileURLToPath(new URL("child.js", import.meta.url));
  const child = spawn(process.execPath, [script, dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  const seen: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (until.test(line)) {
      child.stdout.resume();
      return { child, line };
    }
    seen.push(line);
  }
  throw new Error(`The service ended without a line like ${until}:\n${seen.join("\n")}`);
}

/** SIGKILL, and the end of the process. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** What a promise rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("It did not fail.");
}

/** The processes whose command line names the text: servers, guards and initdb all name their directory. */
export async function processesNaming(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (commandLine.includes(text)) found.push(`${pid} ${commandLine.replaceAll("\0", " ")}`);
  }
  return found;
}
