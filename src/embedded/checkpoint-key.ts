import { generateKeyPairSync } from "node:crypto";
import { openKeptFile } from "./kept-file.js";

/** The private key that seals checkpoints in embedded mode, as PEM (PKCS#8). */
export function openEmbeddedCheckpointKey(dataDir: string): Promise<string> {
  return openKeptFile(dataDir, "checkpoint-key.pem", () =>
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  );
}
