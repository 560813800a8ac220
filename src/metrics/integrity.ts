import { Counter, Gauge, type Registry } from "prom-client";

/** What is counted of the checks of the whole ledger, and of its seals. */
export interface IntegrityMetrics {
  /** Whether the newest check of the whole ledger found nothing: 1 or 0; -1 before the first. */
  integrityOk: Gauge;
  /** What that check found. */
  integrityFindings: Gauge;
  /** The instant of its snapshot, in seconds since 1970; 0 before the first. */
  integrityLastRunTime: Gauge;
  /** Postings that this process's scheduled checks have verified. */
  integrityPostings: Counter;
  /** The instant that the newest checkpoint seals, in seconds since 1970; 0 where no schedule looks. */
  lastCheckpointTime: Gauge;
}

/** Puts them into the registry. */
export function integrityMetrics(registry: Registry): IntegrityMetrics {
  const registers = [registry];
  const integrityOk = new Gauge({
    name: "wallet_integrity_ok",
    help: "Whether the newest check of the whole ledger found nothing; -1 before the first.",
    registers,
  });
  integrityOk.set(-1);
  return {
    integrityOk,
    integrityFindings: new Gauge({
      name: "wallet_integrity_findings",
      help: "What the newest check of the whole ledger found.",
      registers,
    }),
    integrityLastRunTime: new Gauge({
      name: "wallet_integrity_last_run_time_seconds",
      help: "The instant that the newest check of the whole ledger is of.",
      registers,
    }),
    integrityPostings: new Counter({
      name: "wallet_integrity_postings_checked_total",
      help: "Postings that scheduled checks have verified.",
      registers,
    }),
    lastCheckpointTime: new Gauge({
      name: "wallet_last_checkpoint_time_seconds",
      help: "The instant that the newest checkpoint seals, as the process that makes them unasked sees it.",
      registers,
    }),
  };
}
