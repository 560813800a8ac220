import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** The figures of one app. Each app has a registry of its own, so that several can live in one process. */
export interface Metrics {
  /** What `/metrics` prints. */
  registry: Registry;
  /** Calls answered, by method, status code and reason; the reason is empty on success and on unknown errors. */
  rpcRequests: Counter<"method" | "code" | "reason">;
  /** How long calls took, from the whole request received to the answer ready, in seconds. */
  rpcDuration: Histogram<"method">;
  /** Calls refused or held back because their caller was over a limit, by what was limited and for whom. */
  rateLimited: Counter<"class" | "kind">;
  /** Whether rate limits are counted where they should be: 0 while Redis is configured and away. */
  rateLimitStoreUp: Gauge;
  /** Calls under way that answer with a stream, by what their caller is. */
  streamsOpen: Gauge<"kind">;
  /** Connections that are open, by listener. */
  connectionsOpen: Gauge<"listener">;
  /** Connections that were closed at once, by listener and by the limit that they were over. */
  connectionsRefused: Counter<"listener" | "limit">;
  /** Commands waiting for the poster, by lane. */
  posterQueueDepth: Gauge<"lane">;
  /** Commands in a batch, by lane. */
  posterBatchSize: Histogram<"lane">;
  /** How long each phase of a batch took, in seconds. */
  posterPhase: Histogram<"phase">;
  /** Rounds of this process's sweeper. */
  sweeps: Counter;
  /** Holds that this process's sweeper released because their time had run out. */
  holdsExpired: Counter;
  /** When the last round was over, in seconds since 1970; 0 before the first. */
  lastSweepTime: Gauge;
  /** Queued operations that this process decided. */
  operationsApplied: Counter;
  /** Operations that were pending without a worker when this process took the queue over. */
  operationsStale: Counter;
  /** Operations that are pending, as the process that applies them counts now and then; 0 in the others. */
  operationsPending: Gauge;
  /** How long operations waited from their acceptance until they were decided, in seconds. */
  operationWait: Histogram;
  /** Streams that watch, by what they watch. */
  feedWatchers: Gauge<"kind">;
  /** How far the live feed is behind what is committed, in seconds; 0 while nobody watches. */
  feedLag: Gauge;
}

/** Makes the registry, with the figures of the process itself already in it. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    rpcRequests: new Counter({
      name: "wallet_rpc_requests_total",
      help: "Calls answered, by method, status code and reason.",
      labelNames: ["method", "code", "reason"],
      registers,
    }),
    rpcDuration: new Histogram({
      name: "wallet_rpc_duration_seconds",
      help: "How long calls took to answer.",
      labelNames: ["method"],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    rateLimited: new Counter({
      name: "wallet_rate_limited_total",
      help: "Calls refused or held back because their caller was over a limit.",
      labelNames: ["class", "kind"],
      registers,
    }),
    rateLimitStoreUp: new Gauge({
      name: "wallet_rate_limit_store_up",
      help: "Whether rate limits are counted where they should be: 0 while Redis is away.",
      registers,
    }),
    streamsOpen: new Gauge({
      name: "wallet_streams_open",
      help: "Calls under way that answer with a stream.",
      labelNames: ["kind"],
      registers,
    }),
    connectionsOpen: new Gauge({
      name: "wallet_connections_open",
      help: "Connections that are open.",
      labelNames: ["listener"],
      registers,
    }),
    connectionsRefused: new Counter({
      name: "wallet_connections_refused_total",
      help: "Connections that were closed at once because of a limit.",
      labelNames: ["listener", "limit"],
      registers,
    }),
    posterQueueDepth: new Gauge({
      name: "wallet_poster_queue_depth",
      help: "Commands waiting to be posted.",
      labelNames: ["lane"],
      registers,
    }),
    posterBatchSize: new Histogram({
      name: "wallet_poster_batch_size",
      help: "Commands posted in one database transaction.",
      labelNames: ["lane"],
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000],
      registers,
    }),
    posterPhase: new Histogram({
      name: "wallet_poster_phase_seconds",
      help: "How long each phase of a batch took.",
      labelNames: ["phase"],
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
    sweeps: new Counter({ name: "wallet_sweeps_total", help: "Rounds of the sweeper.", registers }),
    holdsExpired: new Counter({
      name: "wallet_holds_expired_total",
      help: "Holds that the sweeper released because their time had run out.",
      registers,
    }),
    lastSweepTime: new Gauge({
      name: "wallet_last_sweep_time_seconds",
      help: "When the sweeper's last round was over.",
      registers,
    }),
    operationsApplied: new Counter({
      name: "wallet_operations_applied_total",
      help: "Queued operations that were decided, posted or refused.",
      registers,
    }),
    operationsStale: new Counter({
      name: "wallet_operations_stale_total",
      help: "Queued operations that were taken up again because their worker had gone.",
      registers,
    }),
    operationsPending: new Gauge({
      name: "wallet_operations_pending",
      help: "Queued operations that are pending, counted by the process that applies them.",
      registers,
    }),
    operationWait: new Histogram({
      name: "wallet_operation_wait_seconds",
      help: "How long queued operations waited from their acceptance until they were decided.",
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
    feedWatchers: new Gauge({
      name: "wallet_feed_watchers",
      help: "Streams that watch wallets, transactions or operations.",
      labelNames: ["kind"],
      registers,
    }),
    feedLag: new Gauge({
      name: "wallet_feed_lag_seconds",
      help: "How far the live feed is behind what is committed.",
      registers,
    }),
  };
}
