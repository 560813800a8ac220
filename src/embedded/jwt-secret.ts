import { randomBytes } from "node:crypto";
import { openKeptFile } from "./kept-file.js";

const secretBytes = 48;

/** The secret that signs tokens in embedded mode. */
export function openJwtSecret(dataDir: string): Promise<string> {
  return openKeptFile(dataDir, "jwt-secret", () => randomBytes(secretBytes).toString("base64url"));
}
