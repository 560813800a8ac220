import { Counter, type Registry } from "prom-client";
import { ScrapedGauge } from "./scraped-gauge.js";

/** What is counted of the look-out for anomalies. */
export interface AnomalyMetrics {
  /** Anomalies that this process found, by rule and severity. */
  anomalies: Counter<"rule" | "severity">;
  /** Wallets that this process froze for an anomaly. */
  anomalyFreezes: Counter;
  /** Transactions that this process looked at for anomalies. */
  anomalyTransactions: Counter;
  /** How long ago the moment is up to which everything was looked at, in seconds. */
  anomalyLag: ScrapedGauge<never>;
}

/** Puts them into the registry. */
export function anomalyMetrics(registry: Registry): AnomalyMetrics {
  const registers = [registry];
  return {
    anomalies: new Counter({
      name: "wallet_anomalies_total",
      help: "Anomalies found, by rule and severity.",
      labelNames: ["rule", "severity"],
      registers,
    }),
    anomalyFreezes: new Counter({
      name: "wallet_anomaly_freezes_total",
      help: "Wallets that were frozen for an anomaly.",
      registers,
    }),
    anomalyTransactions: new Counter({
      name: "wallet_anomaly_transactions_total",
      help: "Transactions that were looked at for anomalies.",
      registers,
    }),
    anomalyLag: new ScrapedGauge(registry, {
      name: "wallet_anomaly_lag_seconds",
      help: "How long ago the moment is up to which everything was looked at for anomalies.",
      labelNames: [],
    }),
  };
}
