import { randomUUID } from "node:crypto";
import { chmod, copyFile, lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, unlessAbsent } from "./error.js";

interface Entry {
  path: string;
  kind: "directory" | "file";
  size: number;
  mode: number;
}

/**
 * Copies a folder of programs so that everybody can read and nobody else can write it, unless a whole copy is there.
 * The copy appears under its name all at once. Returns that name.
 */
export async function copyBinaries(
  source: string,
  target: string,
  finish: (folder: string) => Promise<void>,
): Promise<string> {
  const wanted = await listTree(source);
  if (await isWhole(target, wanted)) return target;
  const draft = `${target}.${randomUUID()}.draft`;
  try {
    await mkdir(draft, { mode: 0o755 });
    await chmod(draft, 0o755); // The umask had its say in mkdir.
    for (const entry of wanted) await copyEntry(join(source, entry.path), join(draft, entry.path), entry);
    await finish(draft);
    await moveIntoPlace(draft, target, wanted);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

async function copyEntry(from: string, to: string, { kind, mode }: Entry): Promise<void> {
  if (kind === "directory") await mkdir(to);
  else await copyFile(from, to);
  await chmod(to, kind === "directory" || (mode & 0o100) !== 0 || /\/bin\/[^/]+$/.test(to) ? 0o755 : 0o644);
}

async function moveIntoPlace(draft: string, target: string, wanted: Entry[]): Promise<void> {
  const aside = `${draft}.damaged`;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await rename(draft, target);
      return;
    } catch (error) {
      if (errnoOf(error) !== "ENOTEMPTY" && errnoOf(error) !== "EEXIST") throw error;
    }
    if (await isWhole(target, wanted)) return; // Another process was faster.
    await unlessAbsent(rename(target, aside));
    await rm(aside, { recursive: true, force: true });
  }
}

async function isWhole(target: string, wanted: readonly Entry[]): Promise<boolean> {
  const present = await unlessAbsent(listTree(target));
  const sizes = new Map(present?.map(({ path, size }) => [path, size]));
  return present !== undefined && wanted.every(({ path, size }) => sizes.get(path) === size);
}

/** All files and directories below a folder, parents first. Links are left out, and so is what only compilers need. */
async function listTree(root: string, below = ""): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const item of await readdir(join(root, below), { withFileTypes: true })) {
    const path = join(below, item.name);
    const { mode, size } = await lstat(join(root, path));
    if (item.isDirectory() && item.name !== "pgxs" && item.name !== "pkgconfig") {
      entries.push({ path, kind: "directory", size: 0, mode }, ...(await listTree(root, path)));
    } else if (item.isFile() && !item.name.endsWith(".a")) entries.push({ path, kind: "file", size, mode });
  }
  return entries;
}
