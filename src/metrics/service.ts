import type { Registry } from "prom-client";
import { type AccessMetrics, accessMetrics } from "./access.js";
import { type AnomalyMetrics, anomalyMetrics } from "./anomalies.js";
import { type AuditMetrics, auditMetrics } from "./audit.js";
import { type BackgroundMetrics, backgroundMetrics } from "./background.js";
import { type DatabaseMetrics, databaseMetrics } from "./database.js";
import { type EngineMetrics, engineMetrics } from "./engine.js";
import { type FeedMetrics, feedMetrics } from "./feed.js";
import { type IntegrityMetrics, integrityMetrics } from "./integrity.js";
import { type LimitsMetrics, limitsMetrics } from "./limits.js";
import { type RpcMetrics, rpcMetrics } from "./rpc.js";

/** What the service measures, part by part. */
export interface ServiceMetrics
  extends RpcMetrics,
    EngineMetrics,
    BackgroundMetrics,
    FeedMetrics,
    DatabaseMetrics,
    AuditMetrics,
    AnomalyMetrics,
    IntegrityMetrics,
    AccessMetrics,
    LimitsMetrics {}

/** Makes the figures of every part in a registry. */
export function serviceMetrics(registry: Registry): ServiceMetrics {
  return {
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
