import type { AnomalyRuleName, AnomalySeverity } from "./finding.js";

/** What is set for every rule. */
export interface RuleSettings {
  readonly enabled: boolean;
  readonly severity: AnomalySeverity;
  /** Whether a finding freezes the wallet. Only a CRITICAL one may. */
  readonly freeze: boolean;
  /** How long the rule is silent about a wallet after a finding: an episode is reported once. In seconds. */
  readonly coolDownSeconds: number;
}

/** What each rule compares with. Windows are at most a day, which is how long a profile remembers single moves. */
export interface Thresholds {
  readonly velocity: {
    readonly windowSeconds: number;
    /** Outgoing transactions within the window, those of one batch counted once. At most 60. */
    readonly countMin: number;
    /** How many times the busiest window of the days before. */
    readonly usualFactor: number;
  };
  readonly amount_outlier: {
    /** Outgoing transactions that the wallet must have made before, at most 48. */
    readonly historyMin: number;
    /** The robust z-score of the amount's logarithm among those before. */
    readonly zMin: number;
    /** How many times the largest amount that ever went out. */
    readonly largestFactor: number;
  };
  readonly drain_after_top_up: {
    readonly windowSeconds: number;
    /** The share of the top-ups that left, and of the balance that is gone. From 0 to 1. */
    readonly shareMin: number;
    /** The share of what the wallet had that came from the top-ups. From 0 to 1. */
    readonly topUpShareMin: number;
    /** Draining is usual for a wallet that drained this many of its top-ups, and this share of them. */
    readonly usualCountMin: number;
    readonly usualShareMin: number;
  };
  readonly many_refusals: {
    readonly windowSeconds: number;
    /** Refusals within the window, at most 64. */
    readonly countMin: number;
  };
  readonly limit_splitting: {
    readonly windowSeconds: number;
    /** Amounts within the window that are just under the limit of one transaction. */
    readonly countMin: number;
    /** From which share of the limit on an amount is just under it. From 0 to 1. */
    readonly limitShareMin: number;
  };
  readonly circular_flow: {
    readonly windowSeconds: number;
    /** The number of wallets that value runs through until it is back, at least 3 and at most 6. */
    readonly walletsMin: number;
    readonly walletsMax: number;
    /** How far the amounts may differ from the last one, as a share of it. From 0 to 1. */
    readonly amountTolerance: number;
  };
  readonly new_large_counterparty: {
    readonly historyMin: number;
    readonly zMin: number;
    /** How many times the largest amount that ever went out. */
    readonly largestFactor: number;
    /** The share of the balance that leaves. From 0 to 1. */
    readonly balanceShareMin: number;
  };
}

/** Everything that is configured about the rules. */
export type AnomalyRules = { readonly [Rule in AnomalyRuleName]: RuleSettings & Thresholds[Rule] };

const hourSeconds = 3_600;
const daySeconds = 86_400;

/** The rules of a service that was not told otherwise. None of them freezes anything. */
export const defaultAnomalyRules: AnomalyRules = Object.freeze({
  velocity: {
    ...ruleOf("ALERT", hourSeconds),
    windowSeconds: 600,
    countMin: 15,
    usualFactor: 3,
  },
  amount_outlier: {
    ...ruleOf("ALERT", hourSeconds),
    historyMin: 8,
    zMin: 5,
    largestFactor: 3,
  },
  drain_after_top_up: {
    ...ruleOf("CRITICAL", hourSeconds),
    windowSeconds: 1_800,
    shareMin: 0.9,
    topUpShareMin: 0.5,
    usualCountMin: 2,
    usualShareMin: 0.1,
  },
  many_refusals: {
    ...ruleOf("ALERT", hourSeconds),
    windowSeconds: 600,
    countMin: 8,
  },
  limit_splitting: {
    ...ruleOf("ALERT", daySeconds),
    windowSeconds: 6 * hourSeconds,
    countMin: 3,
    limitShareMin: 0.85,
  },
  circular_flow: {
    ...ruleOf("CRITICAL", daySeconds),
    windowSeconds: 2 * hourSeconds,
    walletsMin: 3,
    walletsMax: 5,
    amountTolerance: 0.1,
  },
  new_large_counterparty: {
    ...ruleOf("NOTE", hourSeconds),
    historyMin: 8,
    zMin: 3.5,
    largestFactor: 1.5,
    balanceShareMin: 0.5,
  },
});

function ruleOf(severity: AnomalySeverity, coolDownSeconds: number): RuleSettings {
  return { enabled: true, severity, freeze: false, coolDownSeconds };
}
