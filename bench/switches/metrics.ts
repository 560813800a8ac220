import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { serviceMetrics } from "../../src/metrics/service.js";
import type { Metrics } from "../../src/metrics.js";

/** In the place of the metrics: the same ones, told of everything and counting nothing, and none of the process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const metrics = serviceMetrics(registry);
  for (const metric of Object.values(metrics)) silence(metric);
  return { registry, ...metrics };
}

const nothing = (): void => {};

function silence(metric: object): void {
  if (metric instanceof Counter) metric.inc = nothing;
  if (metric instanceof Histogram) metric.observe = nothing;
  if (metric instanceof Gauge) Object.assign(metric, { inc: nothing, dec: nothing, set: nothing });
}
