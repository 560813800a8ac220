import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { type ServiceMetrics, serviceMetrics } from "./metrics/service.js";
import { version } from "./version.js";

/**
 * The figures of one app. Each app has a registry of its own, so that several can live in one process. Their labels
 * are of closed sets (methods, codes, reasons, lanes), so that no caller can make them many.
 */
export interface Metrics extends ServiceMetrics {
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
  return { registry, ...serviceMetrics(registry) };
}
