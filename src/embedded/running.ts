import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openCredentials } from "./credentials.js";
import { unlessAbsent } from "./error.js";
import { recordedHome } from "./home.js";
import { isLocked } from "./lock.js";
import { names, roleUrl } from "./roles.js";

/** How to reach a PostgreSQL that another process runs. */
export interface RunningDatabase {
  /** The role `wallet_service`. */
  readonly url: string;
  /** The role `wallet_owner`. */
  readonly ownerUrl: string;
}

// Lines of postmaster.pid, counted from 0.
const portLine = 3;
const statusLine = 7;

/** Whether there is a cluster in a data directory, running or not. */
export async function isInitialized(dataDir: string): Promise<boolean> {
  return (await unlessAbsent(stat(await clusterOf(resolve(dataDir))))) !== undefined;
}

/** The embedded PostgreSQL that a service runs on this data directory; undefined when none does, or not yet. */
export async function findRunning(dataDir: string): Promise<RunningDatabase | undefined> {
  const asked = resolve(dataDir);
  if (!(await isLocked(asked))) return undefined;
  const text = await unlessAbsent(readFile(join(await clusterOf(asked), "postmaster.pid"), "utf8"));
  const lines = text?.split("\n") ?? [];
  if (lines[statusLine]?.trim() !== "ready") return undefined;
  const port = Number(lines[portLine]);
  const { service, owner } = await openCredentials(asked, true);
  return { url: roleUrl(port, names.service, service), ownerUrl: roleUrl(port, names.owner, owner) };
}

async function clusterOf(dataDir: string): Promise<string> {
  return join((await recordedHome(dataDir)) ?? dataDir, "postgres");
}
