import type { Logger } from "pino";
import type { AnomalyLimits } from "./engine/anomaly-limits.js";
import { AnomalyWatch } from "./engine/anomaly-watch.js";
import type { Engine } from "./engine/engine.js";
import { Horizon } from "./events/horizon.js";
import { anomalyRuleNames } from "./ledger/anomaly/finding.js";
import type { AnomalyRules } from "./ledger/anomaly/thresholds.js";
import type { Anomaly } from "./ledger/anomaly.js";
import type { Metrics } from "./metrics.js";

/** The look-out for anomalies of one app, with its metrics and its alerts; null where it is left to others. */
export function anomalyWatch(
  engine: Engine,
  rules: AnomalyRules,
  { log, anomalies: limits }: { log: Logger; anomalies: AnomalyLimits | null },
  metrics: Metrics,
): AnomalyWatch | null {
  if (limits === null) return null;
  countFromZero(rules, metrics);
  const horizon = new Horizon(engine.database.reader);
  const watch = new AnomalyWatch({ ...engine, settled: () => horizon.read() }, rules, limits, {
    scanned: (transactions) => metrics.anomalyTransactions.inc(transactions),
    found: (anomaly) => {
      metrics.anomalies.inc({ rule: anomaly.rule, severity: anomaly.severity });
      if (anomaly.severity !== "NOTE") log.warn(alertOf(anomaly), anomaly.summary);
    },
    froze: (anomaly) => {
      metrics.anomalyFreezes.inc();
      log.warn(alertOf(anomaly), `wallet ${anomaly.walletId} was frozen for an anomaly`);
    },
    failed: (err) => log.warn({ err }, "anomalies could not be looked for; the next round tries again"),
  });
  metrics.anomalyLag.watch({}, () => watch.lagSeconds);
  return watch;
}

// What was never counted is not there, and an alert on its increase would miss the first time.
function countFromZero(rules: AnomalyRules, { anomalies }: Metrics): void {
  for (const rule of anomalyRuleNames) anomalies.inc({ rule, severity: rules[rule].severity }, 0);
}

/** What an alert carries besides its sentence. Ids only: a log is read by more people than the ledger is. */
function alertOf({ id, rule, severity, walletId }: Anomaly) {
  return { anomaly_id: id, rule, severity, wallet_id: walletId };
}
