/** The bounds of the look-out for anomalies. */
export interface AnomalyLimits {
  /** The pause between two readings, in milliseconds. There is none while a reading fills its page. */
  readonly intervalMs: number;
  /** How long one process keeps the work to itself after it renewed its lease, in milliseconds. */
  readonly leaseMs: number;
  /** Transactions that one reading takes. */
  readonly pageMax: number;
  /** How long what was learned of wallets may wait to be kept, in milliseconds. What was found does not wait. */
  readonly keepMs: number;
  /** How many profiles may wait likewise. */
  readonly changedMax: number;
  /** Profiles that are kept in memory; the others are read when they are needed. */
  readonly profilesMax: number;
  /**
   * How old a transaction may be, in seconds, to have its wallet frozen: what is found in a long backlog is reported,
   * but comes too late to stop anything.
   */
  readonly freezeAgeSecondsMax: number;
  /** Wallets that are frozen between two readings at most. */
  readonly freezesMax: number;
}

export const defaultAnomalyLimits: AnomalyLimits = Object.freeze({
  intervalMs: 1_000,
  leaseMs: 15_000,
  pageMax: 500,
  keepMs: 10_000,
  changedMax: 2_000,
  profilesMax: 5_000,
  freezeAgeSecondsMax: 86_400,
  freezesMax: 100,
});
