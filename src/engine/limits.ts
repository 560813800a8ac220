/** The bounds of the posting engine. Every queue, wait and retry has one. */
export interface EngineLimits {
  /** Commands that may wait at once, over both lanes. One more is refused with OVERLOADED. */
  readonly queueMax: number;
  /** How long the first of a full batch may have waited, before callers are better told to come again. */
  readonly standingMsMax: number;
  /** How long a burst of more than a batch may take to be done, likewise. */
  readonly burstMsMax: number;
  /** Commands that one database transaction carries at most. */
  readonly batchMax: number;
  /** Wallets that these commands touch at most, one that two touch counted twice: what a batch costs grows with them. */
  readonly batchLegsMax: number;
  /** What a batch may take. A call with less time left is refused before anything is claimed. */
  readonly batchBudgetMs: number;
  /** How often a transaction that met others is tried before CONTENTION is answered. */
  readonly attemptsMax: number;
  /** The pause before a second try; it doubles with each further one, and is jittered. */
  readonly retryDelayMsBase: number;
  /** How long the fast lane waits for a key, a reference or an asset that another transaction is deciding. */
  readonly fastLockTimeoutMs: number;
  /** How long the slow lane waits for a locked wallet before others in the lane have their turn. */
  readonly slowLockTimeoutMs: number;
  /** How many such waits a command has before CONTENTION is answered. */
  readonly slowTriesMax: number;
  /** Wallets whose locks are waited for at once for readers' sake: a part of the connections that read. */
  readonly settlingMax: number;
  /** How long one statement may run. */
  readonly statementTimeoutMs: number;
  /** How long an ambiguous commit is asked after before OUTCOME_UNKNOWN is answered. */
  readonly doubtMaxMs: number;
  /** Administrative acts that may run at once, and that may wait. */
  readonly actsRunningMax: number;
  readonly actsWaitingMax: number;
}

export const defaultEngineLimits: EngineLimits = Object.freeze({
  queueMax: 20_000,
  standingMsMax: 1_000,
  burstMsMax: 3_000,
  batchMax: 1_000,
  batchLegsMax: 4_000,
  batchBudgetMs: 20,
  attemptsMax: 8,
  retryDelayMsBase: 5,
  fastLockTimeoutMs: 1_000,
  slowLockTimeoutMs: 1_000,
  slowTriesMax: 8,
  settlingMax: 2,
  statementTimeoutMs: 5_000,
  doubtMaxMs: 10_000,
  actsRunningMax: 2,
  actsWaitingMax: 1_000,
});
