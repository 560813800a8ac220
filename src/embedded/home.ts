import { randomUUID } from "node:crypto";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Account, canReach } from "./account.js";
import { syncDirectory } from "./credentials.js";
import { EmbeddedError, elsewhere, errnoOf, unlessAbsent } from "./error.js";

/** Where root keeps what PostgreSQL's user could not reach elsewhere: clusters, and copies of the programs. */
export const sharedDir = "/var/lib/wallet";

/** Where the cluster lives: in the data directory itself or, when PostgreSQL's user cannot go there, in {@link sharedDir}. */
export interface Home {
  dir: string;
  cluster: string;
  /** The directory's `postgres` entry, if the cluster is not there itself: made a link once the cluster exists. */
  link?: string;
}

/** The folder in {@link sharedDir} that belongs to this data directory, if an earlier start gave it one. */
export async function recordedHome(dataDir: string): Promise<string | undefined> {
  const id = (await unlessAbsent(readFile(idPath(dataDir), "utf8")))?.trim();
  if (id === undefined) return undefined;
  if (/^[0-9a-f-]{36}$/.test(id)) return join(sharedDir, id);
  throw new EmbeddedError(
    `${idPath(dataDir)} is damaged: it should name a folder in ${sharedDir}. Write that name into it.`,
  );
}

/** Makes the data directory, closed to everybody but its owner; PostgreSQL's group may pass through it. */
export async function makeDataDir(dataDir: string, account: Account | undefined): Promise<string> {
  await mkdir(dirname(dataDir), { recursive: true });
  await makeOwnDir(dataDir, account);
  return realpath(dataDir);
}

/** Decides where the cluster is or will be. Call it with the lock held. */
export async function openHome(dataDir: string, account: Account | undefined): Promise<Home> {
  const entry = join(dataDir, "postgres");
  const found = await unlessAbsent(lstat(entry));
  let shared = await recordedHome(dataDir);
  if (!shared && (!account || (await canReach(account, dataDir)))) return { dir: dataDir, cluster: entry };
  shared ??= await recordHome(dataDir);
  const home: Home = { dir: shared, cluster: join(shared, "postgres"), link: entry };
  if (found?.isSymbolicLink() && !(await unlessAbsent(stat(home.cluster)))) {
    throw new EmbeddedError(
      `The database of ${dataDir} was in ${home.cluster}, and is gone: put it back from a backup, ` +
        "or set WALLET_DATA_DIR to another folder.",
    );
  }
  if (account) await makeSharedHome(shared, dataDir, account);
  if (found?.isDirectory()) await moveCluster(entry, home);
  return home;
}

/** Leaves a link where the cluster would be. It says that there has been one, so it comes after it. */
export async function linkHome({ link, cluster }: Home): Promise<void> {
  if (!link) return;
  try {
    await symlink(cluster, link);
    await syncDirectory(dirname(link));
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

/** Makes {@link sharedDir}, and makes sure that it is root's alone to write. Returns its name. */
export async function makeSharedDir(): Promise<string> {
  await mkdir(dirname(sharedDir), { recursive: true });
  if (await makeDirectory(sharedDir)) await chmod(sharedDir, 0o755);
  const { uid, mode } = await lstat(sharedDir);
  if (uid === 0 && (mode & 0o022) === 0) return sharedDir;
  throw new EmbeddedError(
    `${sharedDir} must belong to root and be writable by nobody else, for root runs programs from it: ` +
      `change that, start the service as an ordinary user, ${elsewhere}.`,
  );
}

const idPath = (dataDir: string): string => join(dataDir, "cluster-id");

async function recordHome(dataDir: string): Promise<string> {
  const id = randomUUID();
  const draft = `${idPath(dataDir)}.draft`;
  await rm(draft, { force: true });
  await writeFile(draft, `${id}\n`, { flag: "wx", mode: 0o644, flush: true });
  await rename(draft, idPath(dataDir));
  await syncDirectory(dataDir);
  return join(sharedDir, id);
}

async function makeSharedHome(shared: string, dataDir: string, account: Account): Promise<void> {
  await makeSharedDir();
  await makeOwnDir(shared, account);
  // A copied data directory names the same cluster as the one it was copied from, and has a lock of its own.
  const owner = join(shared, "data-dir");
  const other = (await unlessAbsent(readFile(owner, "utf8")))?.trim();
  if (other && other !== dataDir && (await recordedHome(other)) === shared) {
    throw new EmbeddedError(
      `${dataDir} is a copy of ${other}, and both name one database, ${shared}: ` +
        `go on with ${other}, or set WALLET_DATA_DIR to another folder.`,
    );
  }
  if (other !== dataDir) await writeFile(owner, `${dataDir}\n`);
}

/** The checkout was moved to where PostgreSQL's user cannot go, so the cluster moves out of it. */
async function moveCluster(entry: string, home: Home): Promise<void> {
  try {
    await rename(entry, home.cluster);
  } catch (cause) {
    throw new EmbeddedError(
      `PostgreSQL's user cannot reach the database in ${entry}, and it could not be moved to ${home.cluster} ` +
        `(${errnoOf(cause)}): move it there by hand with its owner and modes kept, or make its folder reachable.`,
      { cause },
    );
  }
  await syncDirectory(home.dir);
}

async function makeOwnDir(path: string, account: Account | undefined): Promise<void> {
  if (!(await makeDirectory(path)) || !account) return;
  await chown(path, 0, account.gid);
  await chmod(path, 0o710);
}

/** True if it was not there, and so is ours to set the mode of. */
async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}
