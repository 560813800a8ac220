import { readFile } from "node:fs/promises";
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

/** Where the keys that sign tokens come from; exactly one of the three. */
export type TokenKeys = { secret: string } | { jwksFile: string } | { jwksUrl: string };

/** The key of a token, and the algorithms it may be used with. */
export interface Verifier {
  /** Finds the key that this token names. */
  key: JWTVerifyGetKey;
  /** The only algorithms accepted. A token never chooses beyond these. */
  algorithms: string[];
}

// A public key must never be usable as an HMAC secret, so the two lists do not overlap.
const secretAlgorithms = ["HS256"];
const publicAlgorithms = ["RS256", "PS256", "ES256", "EdDSA"];

/** Reads the keys, or prepares to fetch them; a key set behind a URL is fetched again when a token names a new key. */
export async function openTokenKeys(keys: TokenKeys): Promise<Verifier> {
  if ("secret" in keys) {
    const secret = new TextEncoder().encode(keys.secret);
    return { key: async () => secret, algorithms: secretAlgorithms };
  }
  if ("jwksFile" in keys) {
    const keySet = JSON.parse(await readFile(keys.jwksFile, "utf8")) as JSONWebKeySet;
    return { key: createLocalJWKSet(keySet), algorithms: publicAlgorithms };
  }
  const remote = createRemoteJWKSet(new URL(keys.jwksUrl), {
    timeoutDuration: 5_000,
    cooldownDuration: 30_000,
    cacheMaxAge: 600_000,
  });
  return { key: remote, algorithms: publicAlgorithms };
}
