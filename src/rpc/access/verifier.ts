import type { JWTVerifyGetKey } from "jose";

/** The key of a token, and the algorithms it may be used with. */
export interface Verifier {
  /** Finds the key that this token names. Throws what is not jose's own when the keys cannot be had. */
  readonly key: JWTVerifyGetKey;
  /** The only algorithms accepted. A token never chooses beyond these. */
  readonly algorithms: string[];
  /** Another number for every set of keys: what was verified with an earlier set must be verified again. */
  readonly version: number;
  /** Stops looking for new keys. */
  close(): void;
}

/** Who is told of what becomes of the keys. */
export interface KeysObserver {
  /** New keys are in use. */
  readonly reloaded: () => void;
  /** The keys could not be read or fetched; those from before stay in use for a while. */
  readonly failed: (problem: unknown) => void;
}
