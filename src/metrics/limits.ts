import { Counter, Gauge, type Registry } from "prom-client";

/** What is counted of the limits of callers and connections. */
export interface LimitsMetrics {
  /** Calls refused or held back because their caller was over a limit, by what was limited and for whom. */
  rateLimited: Counter<"class" | "kind">;
  /** Whether rate limits are counted where they should be: 0 while Redis is configured and away. */
  rateLimitStoreUp: Gauge;
  /** Calls under way that answer with a stream, by what their caller is. */
  streamsOpen: Gauge<"kind">;
  /** Connections that are open, by listener. */
  connectionsOpen: Gauge<"listener">;
}

/** Puts them into the registry. */
export function limitsMetrics(registry: Registry): LimitsMetrics {
  const registers = [registry];
  return {
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
  };
}
