import { Counter, Gauge, type Registry } from "prom-client";

/** What is counted of the look-out for anomalies. */
export interface AnomalyMetrics {
  /** Anomalies that this process found, by rule and severity. */
  anomalies: Counter<"rule" | "severity">;
  /** Wallets that this process froze for an anomaly. */
  anomalyFreezes: Counter;
  /** Transactions that this process looked at for anomalies. */
  anomalyTransactions: Counter;
  /** How far the look-out is behind the transactions that it could read, in seconds; 0 where another process looks out. */
  anomalyLag: Gauge;
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
    anomalyLag: new Gauge({
      name: "wallet_anomaly_lag_seconds",
      help: "How far the look-out for anomalies is behind the transactions that can be read.",
      registers,
    }),
  };
}
