import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A secret of the embedded mode: made once, then the same for as long as the data directory lives. */
export async function openKeptFile(dataDir: string, name: string, make: () => string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, name);
  try {
    return await readFile(path, "utf8");
  } catch {
    return makeFile(path, make());
  }
}

/** Linking a finished file into place fails if another process was first; then its secret is the one. */
async function makeFile(path: string, content: string): Promise<string> {
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await rm(draft);
  }
  return readFile(path, "utf8");
}
