import { SignJWT } from "jose";
import { isRole, type Role, roles } from "./role.js";
import { isSubject } from "./subject.js";

/** What the token says, and the secret that signs it. */
export interface IssueTokenOptions {
  /** The HS256 secret that the service verifies with. */
  secret: string;
  /** The `iss` that the service expects. */
  issuer: string;
  /** The `aud` that the service expects. */
  audience: string;
  /** The `sub`: a holder's id, or the name of a service or a person. */
  subject: string;
  /** What the bearer is to the service. */
  role: Role;
  /** How long the token is valid, in seconds, from now on. */
  ttlSeconds: number;
  /** Now, in epoch milliseconds. Unset: the system's clock. */
  nowMs?: number;
}

/** Signs a token for the local instance. Refuses what the service would not accept. */
export async function issueToken(options: IssueTokenOptions): Promise<string> {
  const { subject, role, ttlSeconds } = options;
  if (!isSubject(subject))
    throw new RangeError("a token's subject is 1 to 64 characters, none of them control characters");
  if (!isRole(role)) throw new RangeError(`a token's role is one of ${roles.join(", ")}`);
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1)
    throw new RangeError("a token is valid for at least 1 second");
  const nowSeconds = Math.floor((options.nowMs ?? Date.now()) / 1_000);
  return new SignJWT({ role })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(options.issuer)
    .setAudience(options.audience)
    .setSubject(subject)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + ttlSeconds)
    .sign(new TextEncoder().encode(options.secret));
}
