import { Counter, Gauge, type Registry } from "prom-client";

/** What is counted of the audit log. */
export interface AuditMetrics {
  /** Audit entries of reads and refusals that wait to be written. */
  auditWaiting: Gauge;
  /** Audit entries that were not kept: too many refusals at once, or no database until the stop. */
  auditLost: Counter;
  /** Attempts to write audit entries that failed; the entries are tried again. */
  auditFailures: Counter;
}

/** Puts them into the registry. */
export function auditMetrics(registry: Registry): AuditMetrics {
  const registers = [registry];
  return {
    auditWaiting: new Gauge({
      name: "wallet_audit_entries_waiting",
      help: "Audit entries of reads and refusals that wait to be written.",
      registers,
    }),
    auditLost: new Counter({
      name: "wallet_audit_lost_total",
      help: "Audit entries that were not kept.",
      registers,
    }),
    auditFailures: new Counter({
      name: "wallet_audit_write_failures_total",
      help: "Attempts to write audit entries that failed and are tried again.",
      registers,
    }),
  };
}
