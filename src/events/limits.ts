/** The bounds of the live feed. */
export interface FeedLimits {
  /** How often the database is asked for what other processes committed, in milliseconds. */
  readonly pollMs: number;
  /** The least time between two readings, in milliseconds: under load one reading then serves several batches. */
  readonly gapMs: number;
  /** How long a stream is silent before it gives a sign of life, in milliseconds. */
  readonly heartbeatMs: number;
  /** What a watcher may have left to take. One more ends it with OVERLOADED. */
  readonly backlogMax: number;
  /** Transactions, or changes of one wallet, that one statement reads at most. */
  readonly pageMax: number;
  /** Changed wallets whose changes one statement reads. */
  readonly walletsPerRead: number;
  /** The pause after a reading that failed; it doubles up to the maximum, and is jittered. In milliseconds. */
  readonly retryDelayMsBase: number;
  readonly retryDelayMsMax: number;
}

export const defaultFeedLimits: FeedLimits = Object.freeze({
  pollMs: 100,
  gapMs: 10,
  heartbeatMs: 10_000,
  backlogMax: 1_000,
  pageMax: 250,
  walletsPerRead: 50,
  retryDelayMsBase: 100,
  retryDelayMsMax: 5_000,
});
