import { readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { EmbeddedError, unlessAbsent } from "./error.js";
import { findProcess, type ProcessInfo, sendSignal, waitUntilGone } from "./host.js";

const escalation: readonly (readonly [signal: NodeJS.Signals, patienceMs: number])[] = [
  ["SIGINT", 10_000],
  ["SIGQUIT", 10_000],
  ["SIGKILL", 5_000],
];

/**
 * Stops the server that still runs on this cluster, if there is one, and waits for its end. Only the holder of the
 * lock may call this: then no service process uses that server any more.
 */
export async function stopLeftover(cluster: string): Promise<void> {
  const pidFile = join(cluster, "postmaster.pid");
  const pid = Number((await unlessAbsent(readFile(pidFile, "utf8")))?.split("\n")[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  const found = await findProcess(pid);
  if (!found) return;
  // PostgreSQL would take any live process with this id for its predecessor. After a crash the id may be another's.
  if (!(await isServerOf(cluster, found))) {
    await rm(pidFile, { force: true });
    return;
  }
  for (const [signal, patienceMs] of escalation) {
    sendSignal(pid, signal);
    if (await waitUntilGone(pid, found.startTime, patienceMs)) return;
  }
  throw new EmbeddedError(
    `PostgreSQL of an earlier run, process ${pid}, still holds ${cluster} and does not end: kill it.`,
  );
}

async function isServerOf(cluster: string, { args, uid, workingDir }: ProcessInfo): Promise<boolean> {
  if (basename(args[0] ?? "") !== "postgres" || uid !== (await stat(cluster)).uid) return false;
  return args.includes(cluster) || workingDir === cluster; // The folder may have been moved under the running server.
}
