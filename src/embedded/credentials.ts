import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { EmbeddedError, unlessAbsent } from "./error.js";
import { host } from "./host.js";

/** The passwords of the three roles. */
export interface Credentials {
  superuser: string;
  owner: string;
  service: string;
}

/**
 * The passwords kept in `<dataDir>/credentials.json`, readable by the directory's owner only. They are made and made
 * durable before the cluster is, so a first start that was killed half-way goes on with the same ones.
 */
export async function openCredentials(dataDir: string, clusterExists: boolean): Promise<Credentials> {
  const path = join(dataDir, "credentials.json");
  const text = await unlessAbsent(readFile(path, "utf8"));
  if (text !== undefined) return parseCredentials(text, path);
  if (clusterExists) {
    throw new EmbeddedError(
      `The database in ${dataDir} is there, but its passwords in ${path} are not: put that file back from a backup, ` +
        "or set WALLET_DATA_DIR to another folder.",
    );
  }
  const made = { superuser: password(), owner: password(), service: password() };
  await writeDurably(dataDir, path, `${JSON.stringify(made, undefined, 2)}\n`);
  return made;
}

const password = (): string => randomBytes(24).toString("base64url");

function parseCredentials(text: string, path: string): Credentials {
  const read = (name: string): string => {
    const found = new RegExp(`"${name}": "([\\w-]{20,})"`).exec(text)?.[1];
    if (found) return found;
    throw new EmbeddedError(`${path} holds no password for "${name}": put that file back from a backup.`);
  };
  return { superuser: read("superuser"), owner: read("owner"), service: read("service") };
}

/** Writes the file whole or not at all, with mode 0600 from its first moment. */
async function writeDurably(dataDir: string, path: string, text: string): Promise<void> {
  const draft = `${path}.draft`;
  await rm(draft, { force: true });
  const file = await open(draft, "wx", 0o600);
  try {
    if (host.isRoot) {
      // So that the directory's owner can start the service without root later.
      const { uid, gid } = await stat(dataDir);
      await file.chown(uid, gid);
    }
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await syncDirectory(dataDir);
}

/** Makes renames in a directory survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
