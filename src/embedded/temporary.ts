import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedDatabase, type EmbeddedOptions, startEmbedded } from "./embedded.js";
import { recordedHome } from "./home.js";
import { names, roleUrl } from "./roles.js";

/** A database for one test run. */
export interface TemporaryDatabase extends EmbeddedDatabase {
  /** The superuser, on the database `postgres`: for tests that make databases of their own. */
  superuserUrl: string;
}

/** Starts a new database in a folder of its own; `stop` removes it with all its data. */
export async function startTemporary(
  options: Omit<EmbeddedOptions, "dataDir"> = {},
): Promise<TemporaryDatabase> {
  const dataDir = join(tmpdir(), `wallet-${randomUUID()}`);
  try {
    const database = await startEmbedded({ ...options, dataDir });
    const text = await readFile(join(dataDir, "credentials.json"), "utf8");
    const password = /"superuser": "([\w-]+)"/.exec(text)?.[1] ?? "";
    return {
      ...database,
      superuserUrl: roleUrl(database.port, names.superuser, password, "postgres"),
      stop: () => database.stop().finally(() => removeDataDir(dataDir)),
    };
  } catch (error) {
    await removeDataDir(dataDir);
    throw error;
  }
}

/** Backends of a server that was killed outlive it for a moment, and may write what was just removed. */
const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 };

/** Removes a data directory and its cluster, wherever that lives. Nothing may run on it. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const shared = await recordedHome(dataDir);
  if (shared) await rm(shared, removal);
  await rm(dataDir, removal);
}
