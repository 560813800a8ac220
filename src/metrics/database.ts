import type { Registry } from "prom-client";
import { ScrapedGauge } from "./scraped-gauge.js";

/** What is counted of the connections to PostgreSQL. */
export interface DatabaseMetrics {
  /** Connections of the pools that write and read, by whether they are at work. */
  databaseConnections: ScrapedGauge<"pool" | "state">;
  /** Work that waits for a connection, by pool. */
  databaseWaiting: ScrapedGauge<"pool">;
}

/** Puts them into the registry. */
export function databaseMetrics(registry: Registry): DatabaseMetrics {
  return {
    databaseConnections: new ScrapedGauge(registry, {
      name: "wallet_database_connections",
      help: "Connections to PostgreSQL.",
      labelNames: ["pool", "state"],
    }),
    databaseWaiting: new ScrapedGauge(registry, {
      name: "wallet_database_waiting",
      help: "Work that waits for a connection to PostgreSQL.",
      labelNames: ["pool"],
    }),
  };
}
