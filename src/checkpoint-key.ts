import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Config } from "./config.js";
import { openEmbeddedCheckpointKey } from "./embedded/checkpoint-key.js";
import { type CheckpointKey, checkpointKeyOf } from "./ledger/checkpoint-key.js";

/** The configured key cannot be used. The message is for the operator. */
export class CheckpointKeyError extends Error {
  override name = "CheckpointKeyError";
}

/**
 * The key that seals checkpoints: the configured one, or that of the embedded mode; null where there is neither.
 *
 * @throws CheckpointKeyError when the file cannot be read, or holds no Ed25519 private key.
 */
export async function openCheckpointKey(config: Config): Promise<CheckpointKey | null> {
  const { checkpointKeyFile, databaseUrl, dataDir } = config;
  if (checkpointKeyFile !== null)
    return keyIn(await readKeyFile(checkpointKeyFile), `CHECKPOINT_KEY_FILE ${checkpointKeyFile}`);
  if (databaseUrl !== null) return null;
  return keyIn(await openEmbeddedCheckpointKey(dataDir), `The checkpoint key in ${dataDir}`);
}

/**
 * The ids of the keys that checkpoints may be signed with: the service's own and those it had before. Empty where none is
 * known.
 */
export function trustedKeyIdsOf(config: Config, key: CheckpointKey | null): readonly string[] {
  return [...(key === null ? [] : [key.keyId]), ...config.checkpointTrustedKeyIds];
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new CheckpointKeyError(`CHECKPOINT_KEY_FILE cannot be read: ${why}.`);
  }
}

function keyIn(pem: string, named: string): CheckpointKey {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return checkpointKeyOf(key);
  } catch {
    // What the parser says of a file that is no key would not help, and might quote it.
  }
  throw new CheckpointKeyError(
    `${named} is no Ed25519 private key in PEM (PKCS#8). ` +
      "Make one with: openssl genpkey -algorithm ed25519 -out checkpoint-key.pem",
  );
}
