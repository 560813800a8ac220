import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EmbeddedError, errnoOf, unlessAbsent } from "./error.js";
import { findProcess, host } from "./host.js";

/** The right to use a data directory, held by one service process of this machine at a time. */
export interface Lock {
  release(): Promise<void>;
}

interface Holder {
  pid: number;
  startTime: string;
  /** Names this lock and no other, ever. */
  nonce: string;
}

const attemptsMax = 20;

/**
 * Takes `<dataDir>/service.lock`, also from a process that died with it; fails if its holder lives.
 *
 * A lock is written elsewhere and then linked to its name, so nobody reads half of one. A dead holder's lock is not
 * removed, for between looking and removing it another starter may have replaced it with its own: the successor links
 * its lock to a name made from the dead one's nonce, which can succeed once only, and then renames it over the old.
 */
export async function takeLock(dataDir: string): Promise<Lock> {
  const path = join(dataDir, "service.lock");
  const self = await findProcess(host.pid);
  const me: Holder = { pid: host.pid, startTime: self?.startTime ?? "", nonce: randomUUID() };
  const draft = `${path}.${me.nonce}.draft`;
  await writeFile(draft, `${JSON.stringify(me)}\n`, { flag: "wx", mode: 0o644 });
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      if (await tryLock(path, draft, dataDir)) return { release: () => releaseLock(path, me) };
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new EmbeddedError(
    `Other processes keep taking ${path}: stop them, or set WALLET_DATA_DIR to another folder.`,
  );
}

async function tryLock(path: string, draft: string, dataDir: string): Promise<boolean> {
  const first = await readHolder(path);
  if (!first) return linkNew(draft, path);
  const successors: string[] = [];
  let last: Holder | undefined = first;
  for (let next: Holder | undefined = first; next; next = await readHolder(`${path}.${last.nonce}`)) {
    last = next;
    successors.push(`${path}.${last.nonce}`);
  }
  if ((await findProcess(last.pid))?.startTime === last.startTime) {
    throw new EmbeddedError(
      `The data directory ${dataDir} is in use by process ${last.pid}; stop it, or set WALLET_DATA_DIR to another folder.`,
    );
  }
  const mine = `${path}.${last.nonce}`;
  if (!(await linkNew(draft, mine))) return false;
  // A faster starter may have finished its own succession, and tidied up the name that we have just taken.
  if ((await readHolder(path))?.nonce !== first.nonce) {
    await rm(mine, { force: true });
    return false;
  }
  await rename(draft, path);
  for (const successor of successors) await rm(successor, { force: true });
  return true;
}

/** Whether a live process holds the lock of a data directory. */
export async function isLocked(dataDir: string): Promise<boolean> {
  const path = join(dataDir, "service.lock");
  let last = await readHolder(path);
  for (let next = last; next; next = await readHolder(`${path}.${next.nonce}`)) last = next;
  return last !== undefined && (await findProcess(last.pid))?.startTime === last.startTime;
}

async function releaseLock(path: string, me: Holder): Promise<void> {
  if ((await readHolder(path))?.nonce === me.nonce) await rm(path, { force: true });
}

async function readHolder(path: string): Promise<Holder | undefined> {
  const text = await unlessAbsent(readFile(path, "utf8"));
  if (text === undefined) return undefined;
  const [, pid, startTime, nonce] =
    /"pid":(\d+),"startTime":"([^"]*)","nonce":"([0-9a-f-]{36})"/.exec(text) ?? [];
  if (pid && startTime !== undefined && nonce) return { pid: Number(pid), startTime, nonce };
  throw new EmbeddedError(
    `${path} is not a lock of this service: if no service runs on the folder, delete that file.`,
  );
}

async function linkNew(existing: string, name: string): Promise<boolean> {
  try {
    await link(existing, name);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}
