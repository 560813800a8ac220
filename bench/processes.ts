import { readdir, readFile } from "node:fs/promises";
import { cpus } from "node:os";

/** Processes that are told apart. */
export interface Pids {
  readonly server: number;
  /** The first process of PostgreSQL, which starts all its others. */
  readonly postgres: number;
}

/** Processor time up to a moment, in seconds: of a server, of all processes of PostgreSQL, and of the machine. */
export interface CpuSeconds {
  readonly server: number;
  readonly postgres: number;
  readonly all: number;
}

/** What the system says of a process. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  /** In seconds. */
  readonly own: number;
  /** Of its children that have ended, in seconds. */
  readonly ended: number;
}

/** Linux counts the time of processes in hundredths of a second. */
const ticksPerSecond = 100;

/** Reads `/proc`: elsewhere than on Linux only the time of the machine is known, and the others are 0. */
export async function cpuSecondsOf(pids: Pids): Promise<CpuSeconds> {
  const names = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  let [server, postgres] = [0, 0];
  for (const process of await Promise.all(names.map(processOf))) {
    if (process?.pid === pids.server) server += process.own;
    if (process?.parent === pids.postgres) postgres += process.own;
    // What connections that have ended used is counted with the process that started them.
    if (process?.pid === pids.postgres) postgres += process.own + process.ended;
  }
  const all = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { server, postgres, all: all / 1_000 };
}

/** Processor time of the processes that this one started and that have ended, in seconds; 0 elsewhere than on Linux. */
export async function endedChildrenCpuSeconds(): Promise<number> {
  return (await processOf("self"))?.ended ?? 0;
}

/** Null once it is gone. */
async function processOf(name: string): Promise<Process | null> {
  const text = await readFile(`/proc/${name}/stat`, "utf8").catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const seconds = (index: number): number => Number(fields[index]) / ticksPerSecond;
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(fields[1]),
    own: seconds(11) + seconds(12),
    ended: seconds(13) + seconds(14),
  };
}
