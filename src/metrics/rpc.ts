import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { ScrapedGauge } from "./scraped-gauge.js";

/** What is counted of the calls. */
export interface RpcMetrics {
  /** Calls answered, by method, status code and reason; the reason is empty on success and on unknown errors. */
  rpcRequests: Counter<"method" | "code" | "reason">;
  /** How long calls took, from the whole request received to the answer ready, in seconds. */
  rpcDuration: Histogram<"method">;
  /** Calls whose answer was the recorded outcome of an earlier one with the same key. */
  rpcReplayed: Counter<"method">;
  /** Calls that are being worked on; streams count while they are open. */
  rpcInFlight: ScrapedGauge<never>;
  /** Streams that are open, by method. */
  rpcOpenStreams: Gauge<"method">;
}

/** Puts them into the registry. */
export function rpcMetrics(registry: Registry): RpcMetrics {
  const registers = [registry];
  return {
    rpcRequests: new Counter({
      name: "wallet_rpc_requests_total",
      help: "Calls answered, by method, status code and reason.",
      labelNames: ["method", "code", "reason"],
      registers,
    }),
    rpcDuration: new Histogram({
      name: "wallet_rpc_duration_seconds",
      help: "How long calls took to answer; streams, how long they were open.",
      labelNames: ["method"],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    rpcReplayed: new Counter({
      name: "wallet_rpc_replayed_total",
      help: "Calls answered with the recorded outcome of an earlier one with the same key.",
      labelNames: ["method"],
      registers,
    }),
    rpcInFlight: new ScrapedGauge(registry, {
      name: "wallet_rpc_in_flight",
      help: "Calls that are being worked on, open streams among them.",
      labelNames: [],
    }),
    rpcOpenStreams: new Gauge({
      name: "wallet_rpc_open_streams",
      help: "Streams that are open.",
      labelNames: ["method"],
      registers,
    }),
  };
}
