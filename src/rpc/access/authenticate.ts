import type { PeerCertificate } from "node:tls";
import { LRUCache } from "lru-cache";
import type { Reason } from "../../ledger/reason.js";
import { WalletError } from "../../ledger/wallet-error.js";
import type { UnauthenticatedLimit } from "../limits/unauthenticated.js";
import type { Caller } from "./caller.js";
import { certificateName } from "./certificate-name.js";
import type { Identities } from "./identities.js";
import { type KeyLimits, openTokenKeys, type TokenKeys } from "./token-keys.js";
import type { KeysObserver } from "./verifier.js";
import { verifyToken } from "./verify-token.js";

/** What a call came by. */
export interface Connection {
  /** The address of the other end. */
  readonly peer: string;
  /** The certificate of the other end, verified; left out where callers have none. */
  readonly certificate?: () => PeerCertificate | undefined;
}

/**
 * Says who is calling, from the value of the `authorization` header. A call without one is made by whom the
 * certificate of its connection stands for. Rejects with `TOKEN_MISSING`, `TOKEN_INVALID`, `TOKEN_EXPIRED`, or
 * `KeysUnavailableError`; with `RATE_LIMITED` when too many attempts of its address have failed. Answers at once when
 * the token was verified before or the certificate stands for somebody, otherwise with a promise.
 */
export type Authenticate = (
  authorization: string | undefined,
  connection: Connection,
) => Caller | Promise<Caller>;

/** Says who is calling until it is closed. */
export interface Authenticator extends Authenticate {
  /** Stops looking for new keys. */
  close(): void;
}

/** A caller that was not let in. */
export interface NotAdmitted {
  readonly reason: Reason;
  /** Why, in words that quote nothing of the token. */
  readonly why: string;
  /** The address of the other end of its connection. */
  readonly peer: string;
}

/** What a token must satisfy, and who else is let in. */
export interface AuthenticatorOptions {
  /** The keys that sign tokens. */
  keys: TokenKeys;
  /** The only `iss` accepted. */
  issuer: string;
  /** The `aud` that a token must name. */
  audience: string;
  /** Whom certificates stand for, asked at every call without a token. Unset: nobody. */
  identities?: { readonly current: Identities } | null;
  /** Told of every caller that is not let in. */
  notAdmitted?: (refusal: NotAdmitted) => void;
  /** Told of what becomes of the keys. */
  keysObserver?: KeysObserver;
  /** How often keys are looked for, where not as usual. */
  keyLimits?: KeyLimits;
  /** The clock in epoch milliseconds. Unset: the system's. */
  now?: () => number;
  /** How much is tried for one address. Unset or null: anything. */
  attempts?: UnauthenticatedLimit | null;
}

const limits = {
  cachedTokensMax: 10_000,
  // A token seen before is verified again after this long, and at once when there are other keys.
  cachedMsMax: 60_000,
};

/** Opens an authenticator. @throws FilesError when the key file cannot be used. */
export async function openAuthenticator(options: AuthenticatorOptions): Promise<Authenticator> {
  const { identities = null, attempts = null, notAdmitted = () => {}, now = Date.now } = options;
  const verifier = await openTokenKeys(options.keys, options.keysObserver ?? unobserved, options.keyLimits);
  const verified = new LRUCache<string, Verified>({ max: limits.cachedTokensMax });
  const verifying = new Map<string, Promise<Caller>>();

  async function verify(authorization: string): Promise<Caller> {
    if (authorization === "") throw tokenMissing();
    const { version } = verifier;
    const { caller, expireTimeMs } = await verifyToken(authorization, verifier, options, now());
    const untilMs = Math.min(expireTimeMs, now() + limits.cachedMsMax);
    verified.set(authorization, { caller, untilMs, version });
    return caller;
  }

  /** Calls that come with a token while it is being verified wait for that: after a minute all callers of a busy one do. */
  function verifyOnce(authorization: string): Promise<Caller> {
    // What was begun with other keys says nothing of these.
    const withKeys = `${verifier.version} ${authorization}`;
    const known = verifying.get(withKeys);
    if (known !== undefined) return known;
    const caller = verify(authorization).finally(() => verifying.delete(withKeys));
    verifying.set(withKeys, caller);
    return caller;
  }

  async function attempt(authorization: string, { peer }: Connection): Promise<Caller> {
    try {
      const verification = () => verifyOnce(authorization);
      return await (attempts === null ? verification() : attempts.attempt(peer, verification));
    } catch (error) {
      if (error instanceof WalletError) notAdmitted({ reason: error.reason, why: error.message, peer });
      throw error;
    }
  }

  function callerOfToken(authorization: string): Caller | undefined {
    const known = verified.get(authorization);
    const holds = known !== undefined && now() < known.untilMs && known.version === verifier.version;
    return holds ? known.caller : undefined;
  }

  function callerOfCertificate(connection: Connection): Caller | undefined {
    const certificate = identities === null ? undefined : connection.certificate?.();
    const name = certificate === undefined ? undefined : certificateName(certificate);
    return name === undefined ? undefined : identities?.current.get(name);
  }

  const authenticate: Authenticate = (authorization = "", connection) => {
    const known = authorization === "" ? callerOfCertificate(connection) : callerOfToken(authorization);
    return known ?? attempt(authorization, connection);
  };
  return Object.assign(authenticate, { close: () => verifier.close() });
}

/** A token that was verified. */
interface Verified {
  readonly caller: Caller;
  readonly untilMs: number;
  /** Of the keys it was verified with. */
  readonly version: number;
}

const unobserved: KeysObserver = { reloaded: () => {}, failed: () => {} };

function tokenMissing(): WalletError {
  return new WalletError("TOKEN_MISSING", "the call carries no token; send `authorization: Bearer <token>`");
}
