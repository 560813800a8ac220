import { readdir, readFile } from "node:fs/promises";
import { cpus } from "node:os";
import pg from "pg";

/** Cores that were busy, on average: with a server, with PostgreSQL, and with all else, which is mostly the load. */
export interface Cores {
  readonly server: number;
  readonly postgres: number;
  readonly others: number;
}

/** The processors' time since they were started, in seconds, and when it was read, in milliseconds. */
interface Busy {
  readonly atMs: number;
  readonly server: number;
  readonly postgres: number;
  readonly all: number;
}

/** Linux counts the time of processes in hundredths of a second. */
const ticksPerSecond = 100;

/** Watches how busy the cores are. It reads `/proc`: elsewhere than on Linux all time goes to the others. */
export class CoresBusy {
  readonly #pid: number;
  readonly #postmaster: number;
  readonly #before: Busy;

  private constructor(pid: number, postmaster: number, before: Busy) {
    this.#pid = pid;
    this.#postmaster = postmaster;
    this.#before = before;
  }

  /**
   * @param pid the server's process.
   * @param url a database of the PostgreSQL that is watched.
   */
  static async begin(pid: number, url: string): Promise<CoresBusy> {
    const postmaster = await postmasterOf(url);
    return new CoresBusy(pid, postmaster, await busy(pid, postmaster));
  }

  async take(): Promise<Cores> {
    const after = await busy(this.#pid, this.#postmaster);
    const seconds = (after.atMs - this.#before.atMs) / 1_000;
    const grown = (who: "server" | "postgres" | "all") => (after[who] - this.#before[who]) / seconds;
    const [server, postgres] = [grown("server"), grown("postgres")];
    return { server, postgres, others: Math.max(0, grown("all") - server - postgres) };
  }
}

/** `of 2 cores, 0.91 went to the server, …` */
export function coresInWords({ server, postgres, others }: Cores): string {
  return (
    `of ${cpus().length} cores, ${server.toFixed(2)} went to the server, ${postgres.toFixed(2)} to PostgreSQL ` +
    `and ${others.toFixed(2)} to the load generator and all else`
  );
}

async function busy(pid: number, postmaster: number): Promise<Busy> {
  const processes = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  let server = 0;
  let postgres = 0;
  for (const stat of await Promise.all(processes.map(statOf))) {
    if (stat?.pid === pid) server += stat.own;
    if (stat?.parent === postmaster) postgres += stat.own;
    // What backends that have ended used is counted with the process that started them.
    if (stat?.pid === postmaster) postgres += stat.own + stat.ended;
  }
  const all = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { atMs: performance.now(), server, postgres, all: all / 1_000 };
}

/** What the system says of a process, in seconds of its own and of its children that have ended; null once it is gone. */
async function statOf(
  pid: string,
): Promise<{ pid: number; parent: number; own: number; ended: number } | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const seconds = (index: number) => Number(fields[index]) / ticksPerSecond;
  return {
    pid: Number(pid),
    parent: Number(fields[1]),
    own: seconds(11) + seconds(12),
    ended: seconds(13) + seconds(14),
  };
}

async function postmasterOf(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    return (await statOf(`${rows[0]?.pid}`))?.parent ?? 0;
  } finally {
    await client.end();
  }
}
