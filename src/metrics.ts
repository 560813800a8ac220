import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { type AccessMetrics, accessMetrics } from "./metrics/access.js";
import { type AnomalyMetrics, anomalyMetrics } from "./metrics/anomalies.js";
import { type AuditMetrics, auditMetrics } from "./metrics/audit.js";
import { type BackgroundMetrics, backgroundMetrics } from "./metrics/background.js";
import { type DatabaseMetrics, databaseMetrics } from "./metrics/database.js";
import { type EngineMetrics, engineMetrics } from "./metrics/engine.js";
import { type FeedMetrics, feedMetrics } from "./metrics/feed.js";
import { type IntegrityMetrics, integrityMetrics } from "./metrics/integrity.js";
import { type LimitsMetrics, limitsMetrics } from "./metrics/limits.js";
import { type RpcMetrics, rpcMetrics } from "./metrics/rpc.js";
import { version } from "./version.js";

/**
 * The figures of one app. Each app has a registry of its own, so that several can live in one process. Their labels
 * are of closed sets (methods, codes, reasons, lanes), so that no caller can make them many.
 */
export interface Metrics
  extends RpcMetrics,
    EngineMetrics,
    BackgroundMetrics,
    FeedMetrics,
    DatabaseMetrics,
    AuditMetrics,
    AnomalyMetrics,
    IntegrityMetrics,
    AccessMetrics,
    LimitsMetrics {
  /** What `/metrics` prints. */
  registry: Registry;
}

/** Makes the registry, with the figures of the process itself already in it. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const build = new Gauge({
    name: "wallet_build_info",
    help: "Always 1; the label tells the version of the service.",
    labelNames: ["version"],
    registers: [registry],
  });
  build.set({ version }, 1);
  return {
    registry,
    ...rpcMetrics(registry),
    ...engineMetrics(registry),
    ...backgroundMetrics(registry),
    ...feedMetrics(registry),
    ...databaseMetrics(registry),
    ...auditMetrics(registry),
    ...anomalyMetrics(registry),
    ...integrityMetrics(registry),
    ...accessMetrics(registry),
    ...limitsMetrics(registry),
  };
}
