import type { Logger } from "pino";
import type { Database } from "./db/database.js";
import { poolFigures } from "./db/pools.js";
import { type AuditLimits, AuditQueue } from "./engine/audit-queue.js";
import { type Engine, makeEngine } from "./engine/engine.js";
import { defaultEngineLimits, type EngineLimits } from "./engine/limits.js";
import {
  type BatchTimes,
  boundedQueues,
  type CommittedBatch,
  doubtFates,
  type EngineObserver,
  failureCauses,
  phases,
} from "./engine/observer.js";
import type { Lane } from "./engine/waiting.js";
import { Feed } from "./events/feed.js";
import type { FeedLimits } from "./events/limits.js";
import type { Metrics } from "./metrics.js";

/** Whom the parts of one app tell how they fare. */
export interface Observers {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Called with every batch that is durable. */
  readonly onCommitted: (batch: CommittedBatch) => void;
}

/** The engine, with its figures in the metrics and what is unusual in the log. */
export function observedEngine(
  { database, trustedKeyIds }: { database: Database; trustedKeyIds: readonly string[] },
  limits: EngineLimits,
  { metrics, log, onCommitted }: Observers,
): Engine {
  const observer: EngineObserver = {
    taken: (lane, submissions) => {
      for (const { sinceMs, takenMs } of submissions)
        metrics.posterQueueWait.observe({ lane }, (takenMs - sinceMs) / 1e3);
    },
    committed: (batch) => {
      onCommitted(batch);
      metrics.posterBatchSize.observe({ lane: batch.lane }, batch.size);
      observePhases(metrics, batch.lane, batch.times);
      if (batch.releasedHolds > 0) metrics.holdsExpired.inc(batch.releasedHolds);
    },
    deferred: (count) => metrics.posterDeferred.inc(count),
    overloaded: (queue) => metrics.engineOverloaded.inc({ queue }),
    failed: (cause) => metrics.transactionFailures.inc({ cause }),
    doubted: (fate) => {
      metrics.commitsInDoubt.inc({ fate });
      log.warn({ fate }, "the connection broke during a commit; this is what became of it");
    },
  };
  const engine = makeEngine(database, limits, observer, trustedKeyIds);
  countFromZero(metrics);
  for (const lane of ["fast", "slow"] as const)
    metrics.posterQueueDepth.watch({ lane }, () => engine.poster.depth(lane));
  metrics.actsWaiting.watch({}, () => engine.acts.waiting);
  return engine;
}

/** The live feed, with its figures in the metrics and its failures in the log. */
export function observedFeed(
  database: Database,
  limits: FeedLimits,
  { metrics, log }: Pick<Observers, "metrics" | "log">,
): Feed {
  return new Feed(database.reader, limits, {
    read: (lagSeconds) => metrics.feedLag.set(lagSeconds),
    watched: (kind, count) => metrics.feedWatchers.set({ kind }, count),
    failed: (err) => log.warn({ err }, "the live feed cannot read the database; it goes on trying"),
    recovered: () => log.info("the live feed reads again"),
  });
}

/** The queue of audit entries, with its figures in the metrics and its failures in the log. */
export function observedAudit(
  database: Database,
  limits: AuditLimits,
  { metrics, log }: Pick<Observers, "metrics" | "log">,
): AuditQueue {
  return new AuditQueue(database, defaultEngineLimits, limits, {
    waiting: (count) => metrics.auditWaiting.set(count),
    lost: (count) => {
      metrics.auditLost.inc(count);
      log.error({ count }, "audit entries were not kept");
    },
    failed: (err) => {
      metrics.auditFailures.inc();
      log.error({ err }, "audit entries could not be written; they are kept and tried again");
    },
    recovered: () => log.info("audit entries are written again"),
    rejected: (err) => log.error({ err }, "the database does not take an audit entry"),
  });
}

/** Shows the pools of a database. */
export function observePools({ writer, reader }: Database, metrics: Metrics): void {
  for (const [pool, dataSource] of Object.entries({ writer, reader })) {
    for (const state of ["busy", "idle"] as const)
      metrics.databaseConnections.watch({ pool, state }, () => poolFigures(dataSource)[state]);
    metrics.databaseWaiting.watch({ pool }, () => poolFigures(dataSource).waiting);
  }
}

// What was never counted is not there, and an alert on its increase would miss the first time.
function countFromZero({ engineOverloaded, transactionFailures, commitsInDoubt }: Metrics): void {
  for (const queue of boundedQueues) engineOverloaded.inc({ queue }, 0);
  for (const cause of failureCauses) transactionFailures.inc({ cause }, 0);
  for (const fate of doubtFates) commitsInDoubt.inc({ fate }, 0);
}

function observePhases(metrics: Metrics, lane: Lane, { beganMs, endedMs }: BatchTimes): void {
  let lastMs = beganMs;
  for (const phase of phases) {
    metrics.posterPhase.observe({ lane, phase }, (endedMs[phase] - lastMs) / 1e3);
    lastMs = endedMs[phase];
  }
}
