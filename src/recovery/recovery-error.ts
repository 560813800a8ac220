/**
 * An export or a replay cannot be done or did not come out equal. The message is for the person at the terminal: what
 * was wrong, in which line of the file if in one, and what to do next.
 */
export class RecoveryError extends Error {
  override name = "RecoveryError";
}

/** A line of an export that cannot be true. */
export function badLine(line: number, problem: string): RecoveryError {
  return new RecoveryError(
    `Line ${line} of the export: ${problem} Nothing was replayed; the ledger is as empty as before.`,
  );
}
