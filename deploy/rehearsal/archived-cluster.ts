import { chmod, chown, copyFile, mkdir, readdir, readFile, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chooseAccount } from "../../src/embedded/account.js";
import { type EmbeddedDatabase, startEmbedded } from "../../src/embedded/embedded.js";
import { names, roleUrl } from "../../src/embedded/roles.js";

/** Where one rehearsal keeps what it works with. */
export interface Places {
  /** The data directory, which will be destroyed. */
  readonly dataDir: string;
  readonly archive: string;
  readonly backup: string;
}

/** A PostgreSQL that archives its log, and its superuser. */
export interface ArchivedCluster {
  readonly database: EmbeddedDatabase;
  readonly superuserUrl: string;
}

const script = fileURLToPath(new URL("../postgres/archive-wal.sh", import.meta.url));

/** Makes the archive, with the same script in it that production archives by, for the user that PostgreSQL runs as. */
export async function makeArchive({ archive }: Places): Promise<void> {
  await mkdir(archive, { mode: 0o700 });
  await copyFile(script, join(archive, "archive-wal.sh"));
  await chmod(join(archive, "archive-wal.sh"), 0o755);
  const account = await chooseAccount([]);
  if (account !== undefined) await chown(archive, account.uid, account.gid);
}

/** Starts PostgreSQL on the data directory; `timeout` bounds the age of what is not archived, as `archive_timeout`. */
export async function startArchived(
  { dataDir, archive }: Places,
  timeout: string,
  recovery: Readonly<Record<string, string>> = {},
): Promise<ArchivedCluster> {
  const database = await startEmbedded({
    dataDir,
    settings: {
      archive_mode: "on",
      archive_command: `sh "${archive}/archive-wal.sh" "%p" "%f" "${archive}"`,
      archive_timeout: timeout,
      ...recovery,
    },
  });
  const credentials = await readFile(join(dataDir, "credentials.json"), "utf8");
  const password = /"superuser": "([\w-]+)"/.exec(credentials)?.[1] ?? "";
  return { database, superuserUrl: roleUrl(database.port, names.superuser, password, "postgres") };
}

/** What of the settings makes a restored cluster replay the archive up to a moment, and then be a primary again. */
export function recoveryTo({ archive }: Places, time: string): Record<string, string> {
  return {
    restore_command: `cp "${archive}/%f" "%p"`,
    recovery_target_time: time,
    recovery_target_action: "promote",
  };
}

/** The folder that PostgreSQL calls its own. */
export function clusterOf({ dataDir }: Places): Promise<string> {
  return realpath(join(dataDir, "postgres"));
}

/** Kills PostgreSQL without a word and removes all that it and the service have kept; its last children go meanwhile. */
export async function destroy(places: Places, { database }: ArchivedCluster): Promise<void> {
  const cluster = await clusterOf(places);
  const [pid] = (await readFile(join(cluster, "postmaster.pid"), "utf8")).split("\n");
  process.kill(Number(pid), "SIGKILL");
  await database.exited;
  await database.stop();
  for (const folder of [cluster, places.dataDir]) {
    for (const name of await readdir(folder))
      await rm(join(folder, name), { recursive: true, force: true, maxRetries: 10 });
  }
}
