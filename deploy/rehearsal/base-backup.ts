import { copyFile, lchown, lstat, mkdir, readdir, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { clusterOf, type Places } from "./archived-cluster.js";

// What a restored server makes anew. The log comes from the archive.
const emptied = new Set(
  ["dynshmem", "notify", "replslot", "serial", "snapshots", "stat_tmp", "subtrans", "wal"].map(
    (name) => `pg_${name}`,
  ),
);
const leftOut = /^(?:postmaster\.(?:pid|opts)|pg_internal\.init.*|pgsql_tmp.*|service\.lock.*)$/;
const controlFile = "pg_control";

/**
 * Takes a base backup of a server at work: what `pg_basebackup` does, by the functions it is made of. The files are
 * copied while they change; the log that is archived up to the end of it makes them consistent.
 */
export async function takeBaseBackup(places: Places, superuserUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    // Start and stop belong to one session.
    await client.query("select pg_backup_start('rehearsal', fast => true)");
    const cluster = await clusterOf(places);
    const target = join(places.backup, "postgres");
    await mkdir(places.backup, { mode: 0o700 });
    await copyTree(cluster, target);
    await copyEntry(join(cluster, "global", controlFile), join(target, "global", controlFile));
    const { rows } = await client.query<{ labelfile: string }>(
      "select labelfile from pg_backup_stop(wait_for_archive => true)",
    );
    await writeFile(join(target, "backup_label"), rows[0]?.labelfile ?? "");
  } finally {
    await client.end();
  }
  // The passwords and the secret of the tokens are no part of the cluster, and of no use without it.
  for (const { name } of await filesOf(places.dataDir)) {
    await copyEntry(join(places.dataDir, name), join(places.backup, name));
  }
}

/** Puts a base backup back, and asks the next start to replay the archive. */
export async function restoreBaseBackup(places: Places): Promise<void> {
  for (const { name } of await filesOf(places.backup)) {
    await copyEntry(join(places.backup, name), join(places.dataDir, name));
  }
  const source = join(places.backup, "postgres");
  const cluster = await copyTree(source, join(places.dataDir, "postgres"));
  await copyEntry(join(source, "global", controlFile), join(cluster, "global", controlFile));
  await writeFile(join(cluster, "recovery.signal"), "");
  const { uid, gid } = await lstat(cluster);
  for (const name of ["backup_label", "recovery.signal"]) await lchown(join(cluster, name), uid, gid);
}

async function filesOf(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && !leftOut.test(entry.name));
}

/** Copies a folder with its owners and modes, but for what a backup leaves out. Returns where it is. */
async function copyTree(from: string, to: string): Promise<string> {
  await copyEntry(from, to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (leftOut.test(entry.name) || entry.name === controlFile) continue;
    if (!entry.isDirectory()) await copyEntry(source, target);
    else if (emptied.has(entry.name)) await copyEntry(source, target);
    else await copyTree(source, target);
  }
  return to;
}

/** Copies one entry. A file may be removed while the server works; the log tells of that. */
async function copyEntry(from: string, to: string): Promise<void> {
  try {
    const { uid, gid, mode } = await lstat(from);
    if ((mode & 0o170000) === 0o040000) await mkdir(to, { mode: mode & 0o7777 });
    else if ((mode & 0o170000) === 0o120000) await symlink(await readlink(from), to);
    else await copyFile(from, to);
    await lchown(to, uid, gid);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
