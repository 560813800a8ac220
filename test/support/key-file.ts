import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key pair of a type, the private key in a file for CHECKPOINT_KEY_FILE. */
export interface KeyFile {
  readonly path: string;
  /** The public key in PEM. */
  readonly publicPem: string;
  /** Takes the file away. */
  remove(): void;
}

export function keyFile(type: "ed25519" | "ed448" = "ed25519"): KeyFile {
  const { privateKey, publicKey } =
    type === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ed448");
  return {
    ...fileOf(privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

/** A file with this text, in a folder of its own. */
export function fileOf(text: string): Omit<KeyFile, "publicPem"> {
  const folder = mkdtempSync(join(tmpdir(), "wallet-checkpoints-"));
  const path = join(folder, "file");
  writeFileSync(path, text, { mode: 0o600 });
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}
