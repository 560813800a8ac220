/** The bounds of the integrity check. */
export interface IntegrityLimits {
  /** The part of the time that a check works, from above 0 to 1; for the rest of it, it leaves the database alone. */
  readonly share: number;
  /** How long one step should take, in milliseconds. The number of rows in it is made to fit. */
  readonly stepMs: number;
  /** Rows that a step verifies at least and at most, and in the first one. */
  readonly rowsMin: number;
  readonly rowsMax: number;
  readonly rowsFirst: number;
  /** How long one statement of a step may run, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** Wallets whose heads one statement captures. */
  readonly capturedMax: number;
  /** How often a check says how far it is, in milliseconds. */
  readonly progressMs: number;
  /** How many findings are told one by one; the rest is counted. */
  readonly findingsMax: number;
  /** Checks that callers may run at once in this process. One more is refused with OVERLOADED. */
  readonly checksMax: number;
}

export const defaultIntegrityLimits: IntegrityLimits = Object.freeze({
  share: 0.4,
  stepMs: 200,
  // With fewer, a busy server would plan statements and wait for its turn longer than it verifies.
  rowsMin: 2_000,
  rowsMax: 20_000,
  rowsFirst: 2_000,
  statementTimeoutMs: 5_000,
  capturedMax: 20_000,
  progressMs: 1_000,
  findingsMax: 1_000,
  checksMax: 2,
});
