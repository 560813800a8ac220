import type { Logger } from "pino";
import { openAccess } from "./access.js";
import { type BackgroundOptions, makeBackground } from "./background.js";
import { openCheckpointKey, trustedKeyIdsOf } from "./checkpoint-key.js";
import type { Config } from "./config.js";
import { summaryOf } from "./config-summary.js";
import { closeDatabase, type Database, openDatabase } from "./db/database.js";
import { canChangeLedger } from "./db/grants.js";
import { migrateUp, pendingMigrations } from "./db/schema.js";
import { startEmbedded } from "./embedded/embedded.js";
import { type AuditLimits, defaultAuditLimits } from "./engine/audit-queue.js";
import { Checkpointer } from "./engine/checkpoints.js";
import { defaultEngineLimits } from "./engine/limits.js";
import type { CommittedBatch } from "./engine/observer.js";
import { defaultFeedLimits, type FeedLimits } from "./events/limits.js";
import { tokenKeysOf } from "./jwt-keys.js";
import { createMetrics } from "./metrics.js";
import { observedAudit, observedEngine, observedFeed, observePools } from "./observed.js";
import { keptReadiness, readinessProblems } from "./readiness.js";
import { makeHandlers } from "./rpc/handlers.js";
import { openCallLimits } from "./rpc/limits/call-limits.js";
import type { RateWindows } from "./rpc/limits/rate-limit.js";
import { openAdmission } from "./rpc/pipeline/admission.js";
import { startListeners } from "./rpc/transport/listeners.js";
import { isEmpty, seed } from "./seed.js";
import type { Tracing } from "./tracing/tracing.js";
import { version } from "./version.js";

/** What is told to `openApp` besides the configuration. */
export interface AppOptions extends Omit<BackgroundOptions, "checkpointer" | "checkpointIntervalHours"> {
  /** Whether to bring the schema of an external database to head. The embedded one always is. */
  readonly migrate: boolean;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
  /** The bounds of the live feed, where they are not the usual ones. */
  readonly feedLimits?: Partial<FeedLimits>;
  /** The bounds of the audit queue, where they are not the usual ones. */
  readonly auditLimits?: Partial<AuditLimits>;
  /** The windows in which calls are counted, where they are not the usual ones. */
  readonly rateWindows?: RateWindows;
}

/** The running service. */
export interface App {
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly metricsPort: number;
  /** Resolves with a sentence if the service cannot go on; then `close` it. */
  readonly failed: Promise<string>;
  /** Stops gracefully, in the reverse order of starting. Bounded; may be called again. */
  close(): Promise<void>;
}

/** The external database's schema is not the one that this build works with. */
export class SchemaError extends Error {
  override name = "SchemaError";

  constructor(pending: readonly string[]) {
    super(
      `The database lacks ${pending.length} migration(s): ${pending.join(", ")}. ` +
        "Run `wallet migrate up` with DATABASE_OWNER_URL, or start with `serve --migrate`.",
    );
  }
}

/** Things to undo, the last one first. */
class Undo {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}

/**
 * Starts the service: database, engine, listeners. When anything fails, what was started is stopped again.
 */
export async function openApp(config: Config, options: AppOptions): Promise<App> {
  const undo = new Undo();
  try {
    return await start(config, options, undo);
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function start(config: Config, options: AppOptions, undo: Undo): Promise<App> {
  const { log, signal } = options;
  const metrics = createMetrics();
  // Before the database, so that a file that cannot be used is told at once.
  const access = await openAccess(config, log, metrics);
  undo.add(async () => access.close());
  const urls = await provideDatabase(config, options, undo);
  let databaseClosing = false;
  const database = await openDatabase({
    url: urls.url,
    writerConnectionsMax: config.writerConnectionsMax,
    readerConnectionsMax: config.readerConnectionsMax,
    isolation: config.isolation,
    preparedStatements: config.preparedStatements,
    queryTimeoutMs: defaultEngineLimits.statementTimeoutMs * 2,
    onConnectionLost: (err) => {
      // An embedded database that stops with the service ends what is left of its connections.
      if (!databaseClosing) log.warn({ err }, "an idle database connection was lost");
    },
  });
  undo.add(() => {
    databaseClosing = true;
    return closeDatabase(database);
  });
  await assertAtHead(database);
  if (await canChangeLedger(database.reader)) {
    log.warn(
      "the database role may change ledger rows; give the service a role of its own (DATABASE_OWNER_URL)",
    );
  }
  observePools(database, metrics);
  const tracing = await startTracing(config, log);
  undo.add(async () => tracing?.stop());
  const feed = observedFeed(database, { ...defaultFeedLimits, ...options.feedLimits }, { metrics, log });
  undo.add(() => feed.stop());
  const auditLimits = { ...defaultAuditLimits, ...options.auditLimits };
  const audit = observedAudit(database, auditLimits, { metrics, log });
  undo.add(() => audit.stop());
  const onCommitted = (batch: CommittedBatch) => {
    feed.wake();
    tracing?.batches(batch);
  };
  const checkpointKey = await openCheckpointKey(config);
  const trustedKeyIds = trustedKeyIdsOf(config, checkpointKey);
  const observers = { metrics, log, onCommitted };
  const engine = observedEngine({ database, trustedKeyIds }, defaultEngineLimits, observers);
  if (urls.embedded && (await isEmpty(engine))) await seed(engine);
  signal.throwIfAborted();

  const limits = await openCallLimits({ ...config, windows: options.rateWindows }, { log, metrics });
  undo.add(async () => limits.close());
  const checkpointer = checkpointKey === null ? null : new Checkpointer(engine, checkpointKey);
  const { checkpointIntervalHours } = config;
  const tasks = { ...options, checkpointer, checkpointIntervalHours };
  const background = makeBackground(engine, tasks, metrics, config);
  const listeners = await startListeners({
    host: config.host,
    grpcPort: config.grpcPort,
    httpPort: config.httpPort,
    metricsPort: config.metricsPort,
    handlers: makeHandlers(engine, feed, {
      rates: limits.rates,
      onAccepted: background.queued,
      checkpointer,
    }),
    tls: access.tls,
    authenticate: await access.openAuthenticator(await tokenKeysOf(config), limits.unauthenticated),
    limits,
    admission: openAdmission(engine.poster, engine.limits.standingMsMax, metrics),
    connectionLimits: config.connectionLimits,
    ready: keptReadiness(() => readinessProblems(database)),
    audit,
    log,
    metrics,
    tracer: tracing?.calls,
  });
  background.start();
  const { host } = config;
  const { grpcPort, httpPort, metricsPort } = listeners;
  log.info({ version, host, grpcPort, httpPort, metricsPort, ...summaryOf(config) }, "the service is up");
  let closing: Promise<void> | undefined;
  return {
    grpcPort,
    httpPort,
    metricsPort,
    failed: urls.failed,
    close: () => {
      closing ??= stop();
      return closing;
    },
  };

  async function stop(): Promise<void> {
    const startedMs = performance.now();
    const until = startedMs + config.shutdownTimeoutMs;
    log.info("the service is stopping: it takes no more calls and finishes those in flight");
    // What is queued and not begun stays in the database, for the next one who starts.
    const stopped = background.stop();
    const finished = await listeners.drain(config.shutdownTimeoutMs);
    if (!finished) log.warn("calls were still in flight when the time to stop was over");
    await engine.poster.stop(Math.max(0, until - performance.now()));
    // They wait for the poster at most, which has answered everything by now.
    await stopped;
    await undo.run();
    log.info({ durationMs: Math.round(performance.now() - startedMs) }, "the service has stopped");
  }
}

/** The URL to serve from: of the embedded PostgreSQL, which is started and migrated, or of the configured one. */
async function provideDatabase(config: Config, { log, migrate, signal }: AppOptions, undo: Undo) {
  if (config.databaseUrl === null) {
    const embedded = await startEmbedded({ dataDir: config.dataDir, signal });
    undo.add(() => embedded.stop());
    await migrateUp(embedded.ownerUrl, new URL(embedded.url).username);
    const failed = embedded.exited.then(() => "the embedded PostgreSQL ended by itself");
    return { url: embedded.url, embedded: true, failed };
  }
  if (migrate) {
    const applied = await migrateUp(
      config.databaseOwnerUrl ?? config.databaseUrl,
      new URL(config.databaseUrl).username,
    );
    log.info({ applied }, "the schema is at head");
  }
  return { url: config.databaseUrl, embedded: false, failed: new Promise<string>(() => {}) };
}

/** Traces, where they are asked for. Their SDK is loaded then only: without it, tracing costs nothing. */
async function startTracing({ tracing }: Config, log: Logger): Promise<Tracing | undefined> {
  if (tracing === null) return undefined;
  const { openTracing } = await import("./tracing/tracing.js");
  return openTracing(tracing, {
    failed: (err) => log.warn({ err }, "traces cannot be exported and are lost; this is said once"),
    recovered: () => log.info("traces are exported again"),
  });
}

async function assertAtHead(database: Database): Promise<void> {
  const pending = await pendingMigrations(database.reader);
  if (pending.length > 0) throw new SchemaError(pending);
}
