import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { accessMetrics } from "../../src/metrics/access.js";
import { anomalyMetrics } from "../../src/metrics/anomalies.js";
import { auditMetrics } from "../../src/metrics/audit.js";
import { backgroundMetrics } from "../../src/metrics/background.js";
import { databaseMetrics } from "../../src/metrics/database.js";
import { engineMetrics } from "../../src/metrics/engine.js";
import { feedMetrics } from "../../src/metrics/feed.js";
import { integrityMetrics } from "../../src/metrics/integrity.js";
import { limitsMetrics } from "../../src/metrics/limits.js";
import { rpcMetrics } from "../../src/metrics/rpc.js";
import type { Metrics } from "../../src/metrics.js";

/** In the place of the metrics: the same ones, told of everything and counting nothing, and none of the process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const metrics = {
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
  for (const metric of Object.values(metrics)) silence(metric);
  return { registry, ...metrics };
}

const nothing = (): void => {};

function silence(metric: object): void {
  if (metric instanceof Counter) metric.inc = nothing;
  if (metric instanceof Histogram) metric.observe = nothing;
  if (metric instanceof Gauge) Object.assign(metric, { inc: nothing, dec: nothing, set: nothing });
}
