import { readFile, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { EmbeddedError, elsewhere, unlessAbsent } from "./error.js";
import { host } from "./host.js";

/** The user whom PostgreSQL runs as. Node.js drops the supplementary groups when it switches to it. */
export interface Account {
  uid: number;
  gid: number;
}

/**
 * Whom to run PostgreSQL as when the service runs as root: the owner of the first of `paths` that exists and is not
 * root's, so that data stays with its owner; else `postgres`; else `nobody`. Undefined when we are not root.
 */
export async function chooseAccount(paths: readonly string[]): Promise<Account | undefined> {
  if (!host.isRoot) return undefined;
  for (const path of paths) {
    const owner = await unlessAbsent(stat(path));
    if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  }
  const passwd = await readFile("/etc/passwd", "utf8");
  const account = findAccount(passwd, "postgres") ?? findAccount(passwd, "nobody");
  if (account) return account;
  throw new EmbeddedError(
    "PostgreSQL refuses to run as root, and /etc/passwd has neither a user postgres nor nobody to run it as: " +
      `start the service as an ordinary user, ${elsewhere}.`,
  );
}

/** Whether the account may enter this existing directory and all that lead to it. */
export async function canReach(account: Account, directory: string): Promise<boolean> {
  let path = await realpath(directory);
  for (;;) {
    const { uid, gid, mode } = await stat(path);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (dirname(path) === path) return true;
    path = dirname(path);
  }
}

function findAccount(passwd: string, name: string): Account | undefined {
  const [uid, gid] =
    passwd
      .split("\n")
      .find((line) => line.startsWith(`${name}:`))
      ?.split(":")
      .slice(2, 4) ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}
