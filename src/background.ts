import type { Logger } from "pino";
import { anomalyWatch } from "./background-anomalies.js";
import type { AnomalyLimits } from "./engine/anomaly-limits.js";
import { CheckpointSchedule, defaultCheckpointScheduleLimits } from "./engine/checkpoint-schedule.js";
import type { Checkpointer } from "./engine/checkpoints.js";
import type { Engine } from "./engine/engine.js";
import { IntegritySchedule, type IntegrityScheduleLimits } from "./engine/integrity/schedule.js";
import { type QueueLimits, QueueWorker } from "./engine/queue-worker.js";
import { Sweeper, type SweeperLimits } from "./engine/sweeper.js";
import type { AnomalyRules } from "./ledger/anomaly/thresholds.js";
import type { Metrics } from "./metrics.js";

/** What the service does besides answering. */
export interface BackgroundOptions {
  readonly log: Logger;
  /** How expired holds are swept in the background; null leaves that to others. */
  readonly sweeper: SweeperLimits | null;
  /** How the queue is applied in the background; null leaves that to others. */
  readonly queue: QueueLimits | null;
  /** How anomalies are looked for in the background; null leaves that to others. */
  readonly anomalies: AnomalyLimits | null;
  /** When the ledger is checked in the background, and the newest check told of; null does neither. */
  readonly integrity: IntegrityScheduleLimits | null;
  /** Makes checkpoints; null where there is no key to sign them with. */
  readonly checkpointer: Checkpointer | null;
  /** How old the newest checkpoint may become before the next one is made; 0 leaves that to others. */
  readonly checkpointIntervalHours: number;
}

/** The background tasks of one app. */
export interface Background {
  /** Says that this process put something into the queue. */
  readonly queued: () => void;
  start(): void;
  /** Stops all of them; what one of them has begun it finishes. */
  stop(): Promise<void>;
}

/** A task that runs from its start until it is stopped. */
interface Task {
  start(): void;
  stop(): Promise<void>;
}

/** Makes the background tasks that this process is to do. They are not started. */
export function makeBackground(
  engine: Engine,
  options: BackgroundOptions,
  metrics: Metrics,
  { anomalyRules }: { anomalyRules: AnomalyRules },
): Background {
  const worker = queueWorker(engine, options, metrics);
  const tasks: Task[] = [
    sweeper(engine, options, metrics),
    worker,
    anomalyWatch(engine, anomalyRules, options, metrics),
    integritySchedule(engine, options, metrics),
    checkpointSchedule(engine, options, metrics),
  ].filter((task) => task !== null);
  return {
    queued: () => worker?.wake(),
    start: () => {
      for (const task of tasks) task.start();
    },
    stop: async () => {
      await Promise.all(tasks.map((task) => task.stop()));
    },
  };
}

function sweeper(
  engine: Engine,
  { log, sweeper: limits }: BackgroundOptions,
  metrics: Metrics,
): Sweeper | null {
  if (limits === null) return null;
  return new Sweeper(engine, limits, {
    swept: () => {
      metrics.sweeps.inc();
      metrics.lastSweepTime.setToCurrentTime();
    },
    failed: (err) => log.warn({ err }, "expired holds were not all swept; the next round tries again"),
  });
}

function queueWorker(
  engine: Engine,
  { log, queue: limits }: BackgroundOptions,
  metrics: Metrics,
): QueueWorker | null {
  if (limits === null) return null;
  return new QueueWorker(engine, limits, {
    applied: (waitedSeconds) => {
      metrics.operationsApplied.inc();
      metrics.operationWait.observe(waitedSeconds);
    },
    tookOver: (stale) => metrics.operationsStale.inc(stale),
    pending: (count) => metrics.operationsPending.set(count),
    failed: (err) => log.warn({ err }, "the queue could not be applied; it is tried again"),
  });
}

function integritySchedule(
  engine: Engine,
  { log, integrity: limits }: BackgroundOptions,
  metrics: Metrics,
): IntegritySchedule | null {
  if (limits === null) return null;
  return new IntegritySchedule(engine, limits, {
    lastRun: ({ snapshotTime, findingCount }) => {
      metrics.integrityOk.set(findingCount === 0n ? 1 : 0);
      metrics.integrityFindings.set(Number(findingCount));
      metrics.integrityLastRunTime.set(Number(snapshotTime) / 1e6);
    },
    verified: (postings) => metrics.integrityPostings.inc(postings),
    found: (finding) => log.error({ finding }, "the ledger is not as it should be"),
    ended: (verdict) => log.info({ verdict }, "the ledger was checked"),
    failed: (err) => log.warn({ err }, "the ledger could not be checked; it is tried again"),
  });
}

const hourMs = 3_600_000;

function checkpointSchedule(
  engine: Engine,
  { log, checkpointer, checkpointIntervalHours }: BackgroundOptions,
  metrics: Metrics,
): CheckpointSchedule | null {
  if (checkpointer === null || checkpointIntervalHours === 0) return null;
  const limits = { ...defaultCheckpointScheduleLimits, intervalMs: checkpointIntervalHours * hourMs };
  return new CheckpointSchedule({ engine, checkpointer }, limits, {
    sealed: (createTime) => metrics.lastCheckpointTime.set(Number(createTime) / 1e6),
    failed: (err) => log.warn({ err }, "no checkpoint could be made; it is tried again"),
  });
}
