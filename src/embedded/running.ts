import { access, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import pg from "pg";
import { openCredentials } from "./credentials.js";
import { EmbeddedError, unlessAbsent } from "./error.js";
import { recordedHome } from "./home.js";
import { names, roleUrl } from "./roles.js";

const connectTimeoutMs = 2_000;

/** The line of PostgreSQL's own lock file that says where it listens. */
const portLine = 3;

/**
 * The URL of the embedded PostgreSQL that runs on a data directory, for the service's role; undefined while none runs.
 *
 * @throws EmbeddedError when there is no database in the directory at all.
 */
export async function runningUrl(dataDir: string): Promise<string | undefined> {
  const dir = resolve(dataDir);
  if ((await unlessAbsent(access(join(dir, "credentials.json")).then(() => true))) === undefined)
    throw new EmbeddedError(
      `There is no database in ${dir}: set WALLET_DATA_DIR or DATABASE_URL to where one is.`,
    );
  const home = (await recordedHome(dir)) ?? dir;
  const lock = await unlessAbsent(readFile(join(home, "postgres", "postmaster.pid"), "utf8"));
  const port = Number(lock?.split("\n")[portLine]);
  if (!Number.isInteger(port)) return undefined;
  const { service } = await openCredentials(dir, true);
  const url = roleUrl(port, names.service, service);
  return (await answers(url)) ? url : undefined;
}

/** A server that was killed leaves its lock file behind. */
async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
