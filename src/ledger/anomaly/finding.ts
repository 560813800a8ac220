/** The rules that are looked by, under the names that the contract gives them. */
export const anomalyRuleNames = [
  "velocity",
  "amount_outlier",
  "drain_after_top_up",
  "many_refusals",
  "limit_splitting",
  "circular_flow",
  "new_large_counterparty",
] as const;
export type AnomalyRuleName = (typeof anomalyRuleNames)[number];

/** How bad a finding is. A NOTE is kept, the others raise an alert, and CRITICAL may freeze the wallet. */
export type AnomalySeverity = "NOTE" | "ALERT" | "CRITICAL";

/** The most transactions that a finding names. */
export const findingTransactionsMax = 100;

/** What a rule saw, about the wallet that it looked at. */
export interface Finding {
  /** The transactions that it rests on, oldest first, at most `findingTransactionsMax`. */
  readonly transactionIds: readonly string[];
  /** What is unusual, as a plain sentence that names wallets and assets and nobody. */
  readonly summary: string;
  /** The figures that the rule went by, by name; units are whole smallest units. */
  readonly evidence: Readonly<Record<string, string>>;
}
