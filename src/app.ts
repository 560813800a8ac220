import type { Logger } from "pino";
import { type BackgroundOptions, makeBackground } from "./background.js";
import type { Config } from "./config.js";
import { closeDatabase, type Database, openDatabase } from "./db/database.js";
import { canChangeLedger } from "./db/grants.js";
import { migrateUp, pendingMigrations } from "./db/schema.js";
import { startEmbedded } from "./embedded/embedded.js";
import { openJwtSecret } from "./embedded/jwt-secret.js";
import { type Engine, makeEngine } from "./engine/engine.js";
import { defaultEngineLimits } from "./engine/limits.js";
import { Feed } from "./events/feed.js";
import { defaultFeedLimits, type FeedLimits } from "./events/limits.js";
import { createMetrics, type Metrics } from "./metrics.js";
import { openAuthenticator } from "./rpc/access/authenticate.js";
import type { TokenKeys } from "./rpc/access/token-keys.js";
import { makeHandlers } from "./rpc/handlers.js";
import { openCallLimits } from "./rpc/limits/call-limits.js";
import type { RateWindows } from "./rpc/limits/rate-limit.js";
import { startListeners } from "./rpc/transport/listeners.js";
import { isEmpty, seed } from "./seed.js";

/** What is told to `openApp` besides the configuration. */
export interface AppOptions extends BackgroundOptions {
  /** Whether to bring the schema of an external database to head. The embedded one always is. */
  readonly migrate: boolean;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
  /** The bounds of the live feed, where they are not the usual ones. */
  readonly feedLimits?: Partial<FeedLimits>;
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
  const urls = await provideDatabase(config, options, undo);
  let databaseClosing = false;
  const database = await openDatabase({
    url: urls.url,
    writerConnectionsMax: config.writerConnectionsMax,
    readerConnectionsMax: config.readerConnectionsMax,
    isolation: config.isolation,
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
  const metrics = createMetrics();
  const feed = observedFeed(database, { ...defaultFeedLimits, ...options.feedLimits }, metrics, log);
  undo.add(() => feed.stop());
  const engine = observedEngine(database, metrics, () => feed.wake());
  if (urls.embedded && (await isEmpty(engine))) await seed(engine);
  signal.throwIfAborted();

  const limits = openCallLimits({ ...config, windows: options.rateWindows }, { log, metrics });
  undo.add(async () => limits.close());
  const background = makeBackground(engine, options, metrics);
  const listeners = await startListeners({
    host: config.host,
    grpcPort: config.grpcPort,
    httpPort: config.httpPort,
    metricsPort: config.metricsPort,
    handlers: makeHandlers(engine, feed, limits.rates, background.queued),
    authenticate: await openAuthenticator({
      keys: await tokenKeysOf(config),
      issuer: config.jwtIssuer,
      audience: config.jwtAudience,
      attempts: limits.unauthenticated,
    }),
    limits,
    connectionLimits: config.connectionLimits,
    ready: () => readinessProblems(database),
    log,
    metrics,
  });
  background.start();
  let closing: Promise<void> | undefined;
  return {
    grpcPort: listeners.grpcPort,
    httpPort: listeners.httpPort,
    metricsPort: listeners.metricsPort,
    failed: urls.failed,
    close: () => {
      closing ??= stop();
      return closing;
    },
  };

  async function stop(): Promise<void> {
    const until = performance.now() + config.shutdownTimeoutMs;
    // What is queued and not begun stays in the database, for the next one who starts.
    const stopped = background.stop();
    const finished = await listeners.drain(config.shutdownTimeoutMs);
    if (!finished) log.warn("calls were still in flight when the time to stop was over");
    await engine.poster.stop(Math.max(0, until - performance.now()));
    // They wait for the poster at most, which has answered everything by now.
    await stopped;
    await undo.run();
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

/** The keys that tokens are verified with: the configured ones, or those of the embedded mode. */
export async function tokenKeysOf(config: Config): Promise<TokenKeys> {
  return config.tokenKeys ?? { secret: await openJwtSecret(config.dataDir) };
}

async function assertAtHead(database: Database): Promise<void> {
  const pending = await pendingMigrations(database.reader);
  if (pending.length > 0) throw new SchemaError(pending);
}

async function readinessProblems(database: Database): Promise<string[]> {
  try {
    const pending = await pendingMigrations(database.reader);
    return pending.map((name) => `the database lacks migration ${name}`);
  } catch {
    return ["the database cannot be reached"];
  }
}

function observedEngine(database: Database, metrics: Metrics, onCommitted: () => void): Engine {
  const engine = makeEngine(database, defaultEngineLimits, (lane, size, phases) => {
    onCommitted();
    metrics.posterBatchSize.observe({ lane }, size);
    for (const [phase, seconds] of Object.entries(phases)) metrics.posterPhase.observe({ phase }, seconds);
    metrics.posterQueueDepth.set({ lane }, engine.poster.depth(lane));
  });
  return engine;
}

function observedFeed(database: Database, limits: FeedLimits, metrics: Metrics, log: Logger): Feed {
  return new Feed(database.reader, limits, {
    read: (lagSeconds) => metrics.feedLag.set(lagSeconds),
    watched: (kind, count) => metrics.feedWatchers.set({ kind }, count),
    failed: (err) => log.warn({ err }, "the live feed cannot read the database; it goes on trying"),
    recovered: () => log.info("the live feed reads again"),
  });
}
