// The operating system as this folder sees it. No other file here touches `process`.
import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { errnoOf } from "./error.js";

/** This process and the machine it runs on. */
export const host = {
  pid: process.pid,
  platform: process.platform,
  arch: process.arch,
  /** True for the superuser, as whom PostgreSQL refuses to run. */
  isRoot: process.getuid?.() === 0,
} as const;

/** A live process. */
export interface ProcessInfo {
  /** When it started, as text to compare: with the pid it names one process, also after the pid is used again. */
  startTime: string;
  uid: number;
  /** Its command line; split at blanks where the system gives no better. */
  args: string[];
  /** Its working directory, where we may know it. */
  workingDir?: string | undefined;
}

/** The process with this id, or undefined if there is none. A zombie holds nothing any more, so it is none. */
export async function findProcess(pid: number): Promise<ProcessInfo | undefined> {
  try {
    return await (host.platform === "linux" ? readProc(pid) : askPs(pid));
  } catch {
    return undefined; // It ended between two of the reads.
  }
}

/** Sends a signal; false if the process is already gone. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) === "ESRCH") return false;
    throw error;
  }
}

/** Waits until the process is gone; false if it is still there after `patienceMs`. It need not be our child. */
export async function waitUntilGone(pid: number, startTime: string, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while ((await findProcess(pid))?.startTime === startTime) {
    if (performance.now() > deadline) return false;
    await pause(20);
  }
  return true;
}

async function readProc(pid: number): Promise<ProcessInfo | undefined> {
  const [stat, status, cmdline, bootId] = await Promise.all(
    [
      `/proc/${pid}/stat`,
      `/proc/${pid}/status`,
      `/proc/${pid}/cmdline`,
      "/proc/sys/kernel/random/boot_id",
    ].map((path) => readFile(path, "utf8")),
  );
  // The second field is the program's name in parentheses, which may hold blanks and parentheses itself.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  return {
    startTime: `${bootId?.trim()}/${fields[19]}`, // Ticks since boot, so they mean nothing without the boot.
    uid: Number(/^Uid:\s+(\d+)/m.exec(status ?? "")?.[1]),
    args: cmdline?.split("\0").slice(0, -1) ?? [],
    workingDir: await readlink(`/proc/${pid}/cwd`).catch(() => undefined),
  };
}

async function askPs(pid: number): Promise<ProcessInfo | undefined> {
  const wanted = ["-ww", "-o", "state=,uid=,lstart=,command=", "-p", String(pid)];
  const { stdout } = await promisify(execFile)("ps", wanted, { env: { LC_ALL: "C", PATH: "/bin:/usr/bin" } });
  const [, state, uid, startTime, command] = /^\s*(\S+)\s+(\d+)\s+((?:\S+\s+){5})(.*)$/m.exec(stdout) ?? [];
  if (!state || state.startsWith("Z") || !startTime) return undefined;
  return { startTime: startTime.trim(), uid: Number(uid), args: command?.split(" ") ?? [] };
}
