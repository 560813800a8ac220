import { errors, type JWTPayload, jwtVerify } from "jose";
import { WalletError } from "../../ledger/wallet-error.js";
import { type Caller, makeCaller } from "./caller.js";
import { isRole, roles } from "./role.js";
import { isSubject } from "./subject.js";
import type { Verifier } from "./verifier.js";

const limits = { headerBytesMax: 8_192, clockToleranceSeconds: 5 };

/** The keys that tokens are verified with cannot be had, so that nothing can be said of a token. */
export class KeysUnavailableError extends Error {
  override name = "KeysUnavailableError";

  constructor(cause: unknown) {
    super("the keys that tokens are verified with cannot be obtained at the moment", { cause });
  }
}

/** Whom a token was issued to, and until when it is good. */
export interface VerifiedToken {
  readonly caller: Caller;
  /** In epoch milliseconds, without the tolerance of clocks. */
  readonly expireTimeMs: number;
}

/**
 * Verifies the token of an `authorization` header: its form, signature, issuer, audience and times, and what it says of
 * its bearer.
 *
 * @throws TOKEN_INVALID, TOKEN_EXPIRED or KeysUnavailableError
 */
export async function verifyToken(
  authorization: string,
  verifier: Verifier,
  expected: { readonly issuer: string; readonly audience: string },
  nowMs: number,
): Promise<VerifiedToken> {
  const payload = await verifiedPayload(bearerToken(authorization), verifier, expected, nowMs);
  // jose asks when a token was issued only where tokens have a greatest age.
  if ((payload.iat ?? 0) * 1_000 > nowMs + limits.clockToleranceSeconds * 1_000)
    throw invalid('its claim "iat" is in the future');
  return { caller: toCaller(payload), expireTimeMs: (payload.exp ?? 0) * 1_000 };
}

function bearerToken(authorization: string): string {
  if (authorization.length > limits.headerBytesMax) throw invalid("it is longer than 8 KiB");
  const match = /^bearer +(\S+)$/i.exec(authorization);
  if (match?.[1] === undefined) throw invalid("the header is not of the form `Bearer <token>`");
  return match[1];
}

async function verifiedPayload(
  token: string,
  verifier: Verifier,
  { issuer, audience }: { readonly issuer: string; readonly audience: string },
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

// They are the key set's fault, and not the caller's.
const keySetErrors: ReadonlySet<string> = new Set([errors.JWKSTimeout.code, errors.JWKSInvalid.code]);

// What jose says names claims and rules, never the token; anything that is not about the token is about its keys.
function toTokenError(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) {
    return new WalletError("TOKEN_EXPIRED", "the token has expired; obtain a new one");
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalid(`its claim "${error.claim}" is missing or not accepted here`, error);
  }
  if (!(error instanceof errors.JOSEError) || keySetErrors.has(error.code)) {
    return new KeysUnavailableError(error);
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
