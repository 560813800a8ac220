import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { exportJWK, type JWK, SignJWT } from "jose";
import { WalletError } from "../../../src/ledger/wallet-error.js";
import type { Authenticate } from "../../../src/rpc/access/authenticate.js";
import { audience, issuer } from "../wire.js";

/** A pair of keys that signs tokens. */
export interface SigningPair {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export function ecPair(kid: string): SigningPair {
  return { kid, ...generateKeyPairSync("ec", { namedCurve: "P-256" }) };
}

/** The public half as a key set has it. */
export async function jwkOf({ kid, publicKey }: SigningPair): Promise<JWK> {
  return { ...(await exportJWK(publicKey)), kid, alg: "ES256" };
}

export async function keySetOf(...pairs: SigningPair[]): Promise<string> {
  return JSON.stringify({ keys: await Promise.all(pairs.map(jwkOf)) });
}

/** A header with a token that is good as far as its key is; no two are the same. */
export async function bearerOf({ kid, privateKey }: SigningPair, claims: object = {}): Promise<string> {
  const all = {
    iss: issuer,
    aud: audience,
    sub: "alice",
    role: "holder",
    jti: `${Math.random()}`,
    ...claims,
  };
  const token = new SignJWT(all).setProtectedHeader({ alg: "ES256", kid }).setExpirationTime("10m");
  return `Bearer ${await token.sign(privateKey)}`;
}

/** The name of the error that a caller is refused with, or its reason if it has one; `none` for one that is let in. */
export async function refusalBy(authenticate: Authenticate, authorization: string): Promise<string> {
  try {
    await authenticate(authorization, { peer: "127.0.0.1:1" });
    return "none";
  } catch (error) {
    return error instanceof WalletError ? error.reason : (error as Error).name;
  }
}
