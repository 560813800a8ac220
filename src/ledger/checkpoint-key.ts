import { createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";
import { type Checkpoint, type CheckpointContent, canonicalCheckpoint } from "./checkpoint.js";

/** The service's own key, which seals checkpoints. */
export interface CheckpointKey {
  /** 32 bytes. */
  readonly publicKey: Buffer;
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

export const publicKeyBytes = 32;

/** @param privateKey an Ed25519 private key. */
export function checkpointKeyOf(privateKey: KeyObject): CheckpointKey {
  const publicKey = rawPublicKey(createPublicKey(privateKey));
  return { publicKey, keyId: keyIdOf(publicKey), privateKey };
}

/** The id of a public key: its sha256, in hexadecimal. Whoever knows it recognises the key. */
export function keyIdOf(publicKey: Buffer): string {
  return hash("sha256", publicKey, "hex");
}

/** The 32 bytes of an Ed25519 public key. */
export function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url");
}

export function signCheckpoint(content: CheckpointContent, key: CheckpointKey): Checkpoint {
  const signature = sign(null, canonicalCheckpoint(content), key.privateKey);
  return { ...content, signature, publicKey: key.publicKey, keyId: key.keyId };
}

/** Whether a checkpoint is signed by the key that it comes with. Whose key that is, it cannot say itself. */
export function isSigned(checkpoint: Checkpoint): boolean {
  const { publicKey, keyId, signature } = checkpoint;
  if (publicKey.length !== publicKeyBytes || keyIdOf(publicKey) !== keyId) return false;
  const x = publicKey.toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return verify(null, canonicalCheckpoint(checkpoint), key, signature);
}
