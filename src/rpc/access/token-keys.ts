import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { openRemoteKeys, type RemoteLimits } from "./remote-keys.js";
import type { KeysObserver, Verifier } from "./verifier.js";
import { FilesError, watchFiles } from "./watch-files.js";

/** Where the keys that sign tokens come from; exactly one of the three. */
export type TokenKeys = { secret: string } | { jwksFile: string } | { jwksUrl: string };

/** How often keys are looked for, where not as usual. */
export interface KeyLimits extends Partial<RemoteLimits> {
  /** How often a file is looked at, in milliseconds. */
  readonly fileMs?: number;
}

// A public key must never be usable as an HMAC secret, so the two lists do not overlap.
const secretAlgorithms = ["HS256"];
const publicAlgorithms = ["RS256", "PS256", "ES256", "EdDSA"];

/**
 * Reads the keys, or prepares to fetch them. A file is read again when it changes; a URL is asked again every few
 * minutes, and when a token names an unknown key, which a flood of such tokens does not make more often.
 *
 * @throws FilesError when the file cannot be used.
 */
export async function openTokenKeys(
  keys: TokenKeys,
  observer: KeysObserver,
  limits: KeyLimits = {},
): Promise<Verifier> {
  if ("jwksUrl" in keys) return openRemoteKeys(keys.jwksUrl, publicAlgorithms, observer, limits);
  if ("jwksFile" in keys) return openFileKeys(keys.jwksFile, observer, limits.fileMs);
  const secret = new TextEncoder().encode(keys.secret);
  return { key: async () => secret, algorithms: secretAlgorithms, version: 0, close: () => {} };
}

async function openFileKeys(path: string, observer: KeysObserver, intervalMs?: number): Promise<Verifier> {
  let version = 0;
  const watched = await watchFiles({
    files: [{ variable: "JWKS_FILE", path }],
    read: ([content]) => keySetOf(String(content)),
    intervalMs,
    ...observer,
  });
  watched.onChange(() => {
    version++;
  });
  return {
    key: (header, token) => watched.current(header, token),
    algorithms: publicAlgorithms,
    get version() {
      return version;
    },
    close: watched.close,
  };
}

function keySetOf(text: string): JWTVerifyGetKey {
  let keySet: JSONWebKeySet;
  let find: JWTVerifyGetKey;
  try {
    keySet = JSON.parse(text);
    find = createLocalJWKSet(keySet);
  } catch (cause) {
    // What JSON.parse says quotes the file.
    const why = cause instanceof SyntaxError ? "it is not JSON" : "it is no key set";
    throw new FilesError(`JWKS_FILE cannot be used: ${why}`);
  }
  if (keySet.keys.some((key) => "d" in key || "k" in key)) {
    throw new FilesError(
      "JWKS_FILE cannot be used: it holds a private or secret key; give the public keys only",
    );
  }
  return find;
}
