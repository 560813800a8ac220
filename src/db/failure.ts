import pg from "pg";

/** The connection to the database could not be made, or broke. It says nothing about a commit that was under way. */
export class ConnectionLostError extends Error {
  override name = "ConnectionLostError";

  constructor(cause: unknown) {
    super("the connection to the database was lost", { cause });
  }
}

/**
 * What a failed transaction means for the work in it:
 * - `rerun`: others were in the way; the same work may succeed when it is tried again.
 * - `unavailable`: the database cannot do it now, whatever the work is.
 * - `guilty`: something in the work itself made it fail; the rest of a batch would succeed without that.
 * - `broken`: it fails whatever the work is, until somebody repairs something: a missing table, a missing right.
 */
export type FailureKind = "rerun" | "unavailable" | "guilty" | "broken";

const rerunStates = new Set(["40001", "40P01", "55P03"]);
const unavailableClasses = new Set(["08", "25", "28", "3D", "53", "57", "58", "XX"]);
/** Bad data and violated constraints: the only failures that one command of a batch can be blamed for. */
const guiltyClasses = new Set(["22", "23"]);
const uniqueViolation = "23505";
const queryCanceled = "57014";

/** Whether a statement was ended because it ran too long. */
export function isStatementTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === queryCanceled;
}

export function kindOfFailure(error: unknown): FailureKind {
  if (error instanceof ConnectionLostError) return "unavailable";
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return "guilty";
  if (rerunStates.has(error.code)) return "rerun";
  if (unavailableClasses.has(error.code.slice(0, 2))) return "unavailable";
  // Somebody else opened the same wallet first. Seen with the wallet there, the batch is a different one.
  if (error.code === uniqueViolation && constraintOf(error) === "wallets_pkey") return "rerun";
  return guiltyClasses.has(error.code.slice(0, 2)) ? "guilty" : "broken";
}

/** The name of the violated constraint, without the shard number that a distributed engine puts behind it. */
function constraintOf(error: pg.DatabaseError): string | undefined {
  const name = error.constraint ?? /constraint "([^"]+)"/.exec(error.message)?.[1];
  return name?.replace(/_\d+$/, "");
}
