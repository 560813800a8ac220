import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const secretBytes = 48;

/** The secret that signs tokens in embedded mode: made once, then the same for as long as the data directory lives. */
export async function openJwtSecret(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, "jwt-secret");
  try {
    return await readFile(path, "utf8");
  } catch {
    return makeSecret(path);
  }
}

/** Linking a finished file into place fails if another process was first; then its secret is the one. */
async function makeSecret(path: string): Promise<string> {
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  await writeFile(draft, randomBytes(secretBytes).toString("base64url"), { mode: 0o600 });
  try {
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await rm(draft);
  }
  return readFile(path, "utf8");
}
