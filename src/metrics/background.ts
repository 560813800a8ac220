import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What is counted of the sweeper and of the queue's worker. */
export interface BackgroundMetrics {
  /** Rounds of this process's sweeper. */
  sweeps: Counter;
  /** Holds that this process's batches released because their time had run out, whoever asked for the batch. */
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
}

/** Puts them into the registry. */
export function backgroundMetrics(registry: Registry): BackgroundMetrics {
  const registers = [registry];
  return {
    sweeps: new Counter({ name: "wallet_sweeps_total", help: "Rounds of the sweeper.", registers }),
    holdsExpired: new Counter({
      name: "wallet_holds_expired_total",
      help: "Holds that were released because their time had run out.",
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
  };
}
