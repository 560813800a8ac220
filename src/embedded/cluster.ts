import { lchown, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Account } from "./account.js";
import type { Binaries } from "./binaries.js";
import { syncDirectory } from "./credentials.js";
import { EmbeddedError, elsewhere, programFailed, unlessAbsent } from "./error.js";
import { spawnGuarded } from "./guard.js";
import type { Home } from "./home.js";

/** What the programs of one start share. */
export interface Start {
  account: Account | undefined;
  binaries: Binaries;
  log: (line: string) => void;
  signal: AbortSignal;
}

const stagingPrefix = "postgres.init-";

/** Whether the cluster exists. It is renamed to its name when initdb is done, so what has the name is whole. */
export async function clusterExists(home: Home): Promise<boolean> {
  return (await unlessAbsent(stat(home.cluster))) !== undefined;
}

/** Refuses a cluster that another major version of PostgreSQL made, or that is none. */
export async function checkVersion(home: Home, binaries: Binaries): Promise<void> {
  const made = (await unlessAbsent(readFile(join(home.cluster, "PG_VERSION"), "utf8")))?.trim();
  if (made === binaries.major) return;
  throw new EmbeddedError(
    made === undefined
      ? `${home.cluster} is not a PostgreSQL data directory: move it away, or set WALLET_DATA_DIR to another folder.`
      : `The database in ${home.cluster} was made by PostgreSQL ${made}, and this service brings ` +
          `PostgreSQL ${binaries.major}: dump it with the old version and restore it into a new folder ` +
          `(WALLET_DATA_DIR), start the version of this service that made it, ${elsewhere}.`,
  );
}

/** Makes the cluster under another name, then renames it: a start that is killed leaves nothing half made. */
export async function initCluster(home: Home, start: Start, password: string): Promise<void> {
  await removeAbandoned(home);
  const staging = await mkdtemp(join(home.dir, stagingPrefix));
  const { account } = start;
  try {
    const passwordFile = join(staging, "password");
    await writeFile(passwordFile, `${password}\n`, { flag: "wx", mode: 0o600 });
    if (account) await lchown(passwordFile, account.uid, account.gid);
    if (account) await lchown(staging, account.uid, account.gid);
    await runInitdb(join(staging, "cluster"), passwordFile, start);
    await rm(passwordFile);
    await rename(join(staging, "cluster"), home.cluster);
    await syncDirectory(home.dir);
  } finally {
    await rm(staging, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function runInitdb(cluster: string, passwordFile: string, start: Start): Promise<void> {
  const initdb = spawnGuarded(
    [
      start.binaries.initdb,
      `--pgdata=${cluster}`,
      "--username=postgres",
      "--auth=scram-sha-256", // For every line of pg_hba.conf, from the first moment.
      `--pwfile=${passwordFile}`,
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin", // The same order and case rules on every machine, for ever.
      "--builtin-locale=C.UTF-8",
      "--no-instructions",
    ],
    { account: start.account, onLine: start.log },
  );
  start.signal.addEventListener("abort", initdb.stop, { once: true });
  try {
    if (start.signal.aborted) initdb.stop();
    const code = await initdb.exit;
    await initdb.closed;
    start.signal.throwIfAborted();
    if (code !== 0)
      throw programFailed(`The database in ${cluster} could not be made (initdb: ${code}).`, initdb.lines);
  } finally {
    start.signal.removeEventListener("abort", initdb.stop);
  }
}

async function removeAbandoned(home: Home): Promise<void> {
  for (const name of await readdir(home.dir)) {
    if (!name.startsWith(stagingPrefix)) continue;
    // An initdb whose service was killed may be about to end; its folder has a name that nobody uses again.
    await rm(join(home.dir, name), { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
  }
}
