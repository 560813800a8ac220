import { createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import { exportJWK, importJWK, SignJWT } from "jose";
import { audience, issuer } from "../wire.js";
import { ecPair } from "./key-pairs.js";

/** A token that must not let anybody in. */
export interface BadToken {
  /** What is wrong with it. */
  readonly fact: string;
  readonly reason: "TOKEN_INVALID" | "TOKEN_EXPIRED";
  readonly token: string;
}

const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const known = ecPair("known");
const attacker = ecPair("attacker");

/** The key set of the service that the tokens below are for: an EC key `known` and an RSA key `rsa`. */
export async function knownKeySet(): Promise<string> {
  const ec = { ...(await exportJWK(known.publicKey)), kid: "known", alg: "ES256" };
  return JSON.stringify({ keys: [ec, { ...(await exportJWK(rsa.publicKey)), kid: "rsa", alg: "RS256" }] });
}

const nowSeconds = () => Math.floor(Date.now() / 1_000);
const claims = () => ({
  iss: issuer,
  aud: audience,
  sub: "alice",
  role: "admin",
  exp: nowSeconds() + 600,
  jti: randomBytes(8).toString("hex"),
});

/** A token that is good. */
export async function goodToken(): Promise<string> {
  return signed({});
}

/** A token of the known key, with other claims and header parameters. */
async function signed(other: object, header: object = {}, pair = known): Promise<string> {
  const protectedHeader = { alg: "ES256", kid: "known", ...header };
  return new SignJWT({ ...claims(), ...other }).setProtectedHeader(protectedHeader).sign(pair.privateKey);
}

/** A token put together by hand, because no library would. */
function forged(header: object, sign: (input: string) => string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part(header)}.${part(claims())}`;
  return `${input}.${sign(input)}`;
}

/** An HS256 token whose secret is something that everybody knows. */
function confused(kid: string, secret: string | Buffer): string {
  return forged({ alg: "HS256", typ: "JWT", kid }, (input) =>
    createHmac("sha256", secret).update(input).digest("base64url"),
  );
}

/**
 * Every bad token there is a name for.
 *
 * @param url where an attacker would like keys to be fetched from.
 */
export async function badTokens(url: string): Promise<BadToken[]> {
  const attackersKey = await exportJWK(attacker.publicKey);
  const good = await goodToken();
  const invalid: [fact: string, token: string][] = [
    ["not signed, alg none", forged({ alg: "none" }, () => "")],
    ["not signed, alg NONE in capitals, with a known kid", forged({ alg: "NONE", kid: "known" }, () => "")],
    ["without a header that says how it is signed", forged({ typ: "JWT" }, () => "AAAA")],
    [
      "with the public key as its HS256 secret, as PEM",
      confused("rsa", rsa.publicKey.export({ type: "spki", format: "pem" })),
    ],
    [
      "with the public key as its HS256 secret, as DER",
      confused("rsa", rsa.publicKey.export({ type: "spki", format: "der" })),
    ],
    ["with the key set as its HS256 secret", confused("known", await knownKeySet())],
    ["with an empty HS256 secret", confused("known", "")],
    ["of another audience", await signed({ aud: "another" })],
    ["of another issuer", await signed({ iss: "another" })],
    ["valid from tomorrow on", await signed({ nbf: nowSeconds() + 86_400 })],
    ["issued tomorrow", await signed({ iat: nowSeconds() + 86_400 })],
    ["issued at a time that is no number", await signed({ iat: "now" })],
    ["that expires at a time that is no number", await signed({ exp: "9999999999" })],
    ["that never expires", await signed({ exp: undefined })],
    ["signed by a stranger under a known kid", await signed({}, {}, attacker)],
    ["of a kid that is a path", await signed({}, { kid: "../../../../etc/passwd" }, attacker)],
    ["of a kid that is SQL", await signed({}, { kid: "known' or '1'='1" }, attacker)],
    ["of a kid that is a URL", await signed({}, { kid: url }, attacker)],
    ["of a kid that is no text", await signed({}, { kid: { $ne: null } }, attacker)],
    ["of a key type that the kid is not", await rsaSigned("known")],
    ["of an algorithm that its key is not for", await rsaSigned("rsa", "PS256")],
    ["of an algorithm that is not accepted", await rsaSigned("rsa", "RS512")],
    [
      "that brings its own key along, in jwk",
      await signed({}, { jwk: attackersKey, kid: undefined }, attacker),
    ],
    ["that says where its key is, in jku", await signed({}, { jku: url, kid: "attacker" }, attacker)],
    ["that says where its certificate is, in x5u", await signed({}, { x5u: url, kid: "attacker" }, attacker)],
    [
      "that must be understood to be read, in crit",
      forged({ alg: "ES256", kid: "known", crit: ["x"], x: 1 }, () => "AAAA"),
    ],
    ["with a changed payload", good.replace(/\.[^.]+\./, `.${good.split(".")[1]?.slice(0, -2)}AA.`)],
    ["without its signature", good.replace(/[^.]+$/, "")],
    ["in four parts", `${good}.AAAA`],
    ["of 9 KB", await signed({ padding: "x".repeat(6_500) })],
    ["of two tokens", `${good}, Bearer ${good}`],
  ];
  return [
    ...invalid.map(([fact, token]) => ({ fact, reason: "TOKEN_INVALID" as const, token })),
    { fact: "that expired", reason: "TOKEN_EXPIRED", token: await signed({ exp: nowSeconds() - 60 }) },
  ];
}

async function rsaSigned(kid: string, alg = "RS256"): Promise<string> {
  const key = await importJWK(await exportJWK(rsa.privateKey), alg);
  return new SignJWT(claims()).setProtectedHeader({ alg, kid }).sign(key);
}
