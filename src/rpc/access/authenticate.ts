import { errors, type JWTPayload, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import { WalletError } from "../../ledger/wallet-error.js";
import type { UnauthenticatedLimit } from "../limits/unauthenticated.js";
import { type Caller, makeCaller } from "./caller.js";
import { isRole, roles } from "./role.js";
import { isSubject } from "./subject.js";
import { openTokenKeys, type TokenKeys, type Verifier } from "./token-keys.js";

/**
 * Says who is calling, from the value of the `authorization` header, or rejects with `TOKEN_MISSING`, `TOKEN_INVALID`
 * or `TOKEN_EXPIRED`; with `RATE_LIMITED` when too many attempts of this peer (an address and a port) have failed.
 * Answers at once when the token was verified before, otherwise with a promise.
 */
export type Authenticate = (authorization: string | undefined, peer: string) => Caller | Promise<Caller>;

/** What a token must satisfy. */
export interface AuthenticatorOptions {
  /** The keys that sign tokens. */
  keys: TokenKeys;
  /** The only `iss` accepted. */
  issuer: string;
  /** The `aud` that a token must name. */
  audience: string;
  /** The clock in epoch milliseconds. Unset: the system's. */
  now?: () => number;
  /** What is verified for one address. Unset or null: anything. */
  attempts?: UnauthenticatedLimit | null;
}

const limits = {
  headerBytesMax: 8_192,
  cachedTokensMax: 10_000,
  // A key that was withdrawn from the key set stops working after this long, even for tokens seen before.
  cachedMsMax: 300_000,
  clockToleranceSeconds: 5,
};

/** Opens an authenticator. Fails if the key file cannot be read. */
export async function openAuthenticator(options: AuthenticatorOptions): Promise<Authenticate> {
  const now = options.now ?? Date.now;
  const verifier = await openTokenKeys(options.keys);
  const verified = new LRUCache<string, { caller: Caller; untilMs: number }>({ max: limits.cachedTokensMax });

  async function verify(authorization: string | undefined): Promise<Caller> {
    if (authorization === undefined || authorization === "") {
      throw new WalletError(
        "TOKEN_MISSING",
        "the call carries no token; send `authorization: Bearer <token>`",
      );
    }
    const payload = await verifyToken(bearerToken(authorization), verifier, options, now());
    const caller = toCaller(payload);
    const untilMs = Math.min((payload.exp ?? 0) * 1_000, now() + limits.cachedMsMax);
    verified.set(authorization, { caller, untilMs });
    return caller;
  }

  return (authorization, peer) => {
    const known = verified.get(authorization ?? "");
    if (known !== undefined && now() < known.untilMs) return known.caller;
    return options.attempts?.attempt(peer, () => verify(authorization)) ?? verify(authorization);
  };
}

function bearerToken(authorization: string): string {
  if (authorization.length > limits.headerBytesMax) throw invalid("it is longer than 8 KiB");
  const match = /^bearer +(\S+)$/i.exec(authorization);
  if (match?.[1] === undefined) throw invalid("the header is not of the form `Bearer <token>`");
  return match[1];
}

async function verifyToken(
  token: string,
  verifier: Verifier,
  { issuer, audience }: AuthenticatorOptions,
  nowMs: number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, verifier.key, {
      algorithms: verifier.algorithms,
      issuer,
      audience,
      requiredClaims: ["exp", "sub"],
      clockTolerance: limits.clockToleranceSeconds,
      currentDate: new Date(nowMs),
    });
    return payload;
  } catch (error) {
    throw toTokenError(error);
  }
}

// What jose says names claims and rules, never the token; anything that is not about the token stays unknown.
function toTokenError(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) {
    return new WalletError("TOKEN_EXPIRED", "the token has expired; obtain a new one");
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalid(`its claim "${error.claim}" is missing or not accepted here`, error);
  }
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
    return new Error("the token's key could not be obtained", { cause: error });
  }
  // A key set that answers with an error page is jose's own base class, and not the caller's fault either.
  if (error.code === "ERR_JOSE_GENERIC") {
    return new Error("the token's key could not be obtained", { cause: error });
  }
  return invalid("its form, algorithm, key or signature is not accepted here", error);
}

function toCaller(payload: JWTPayload): Caller {
  if (!isSubject(payload.sub))
    throw invalid('its claim "sub" must be 1 to 64 characters, none of them control characters');
  if (!isRole(payload.role)) throw invalid(`its claim "role" must be one of ${roles.join(", ")}`);
  return makeCaller({ issuer: payload.iss ?? "", role: payload.role, subject: payload.sub });
}

function invalid(why: string, cause?: unknown): WalletError {
  return new WalletError("TOKEN_INVALID", `the token is not valid: ${why}`, { cause });
}
