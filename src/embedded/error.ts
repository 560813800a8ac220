/** The embedded database cannot start or go on. The message is one paragraph for the operator: what, where, what next. */
export class EmbeddedError extends Error {
  override readonly name = "EmbeddedError";
}

/** What every dead end can offer: a database that somebody else runs. */
export const elsewhere = "or set DATABASE_URL to a PostgreSQL server of your own";

/** The `code` of a Node.js system error, such as `ENOENT`; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The result of a file operation, or undefined where the file does not exist. Other failures stay failures. */
export async function unlessAbsent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

const causes: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /No space left on device|ENOSPC|EDQUOT|quota exceeded/i,
    "The disk is full: free some space, then start again.",
  ],
  [
    /Read-only file system|EROFS/i,
    "The file system is read-only: set WALLET_DATA_DIR to a folder that can be written.",
  ],
  [
    /Permission denied|Operation not permitted|EACCES|EPERM|wrong ownership|invalid permissions/i,
    "Permission was denied: start the service as the user who owns the data directory, " +
      "or set WALLET_DATA_DIR to a folder of your own.",
  ],
  [
    /Cannot allocate memory|could not (create|map).*shared memory|ENOMEM|out of memory/i,
    `There is not enough memory for the database: free some, ${elsewhere}.`,
  ],
  [
    /error while loading shared libraries|Library not loaded|GLIBC/i,
    `A library that PostgreSQL needs is missing on this machine: run npm ci again, ${elsewhere}.`,
  ],
  [
    /could not locate a valid checkpoint|invalid checkpoint|PANIC|is corrupted|invalid data in file/i,
    "The data files are damaged: keep a copy of the data directory as it is, then restore a backup.",
  ],
];

/** What to do about a failure, read from its text; a general hint when the text is not a known one. */
export function adviceFor(text: string): string {
  const known = causes.find(([pattern]) => pattern.test(text));
  return known ? known[1] : `Look at PostgreSQL's own words for the reason, ${elsewhere}.`;
}

/** An {@link EmbeddedError} for a PostgreSQL program that failed, ending with the last lines it wrote. */
export function programFailed(what: string, lines: readonly string[]): EmbeddedError {
  const said = lines.length > 0 ? lines.join("\n  ") : "(nothing)";
  return new EmbeddedError(`${what} ${adviceFor(lines.join("\n"))} PostgreSQL wrote:\n  ${said}`);
}

/** Turns a file system failure under the data directory into an {@link EmbeddedError}; leaves all else alone. */
export function explained(error: unknown, dataDir: string): unknown {
  if (error instanceof EmbeddedError || !(error instanceof Error) || errnoOf(error) === undefined)
    return error;
  const message = `The embedded database in ${dataDir} cannot start: ${error.message}. ${adviceFor(error.message)}`;
  return new EmbeddedError(message, { cause: error });
}
