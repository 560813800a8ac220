import { findAmountOutlier } from "./amount-outlier.js";
import { findCircularFlow, transferOf } from "./circular-flow.js";
import { countDrain, drainOf, findDrain } from "./drain.js";
import type { AnomalyRuleName, AnomalySeverity, Finding } from "./finding.js";
import { learn } from "./learn.js";
import { findLimitSplitting } from "./limit-splitting.js";
import { findManyRefusals, isTelling } from "./many-refusals.js";
import { findNewLargeCounterparty } from "./new-large-counterparty.js";
import type { Observation } from "./observation.js";
import type { Profile } from "./profile.js";
import type { AnomalyRules } from "./thresholds.js";
import type { TransferGraph } from "./transfer-graph.js";
import { findVelocity } from "./velocity.js";

/** A finding under the rule that made it, with what was configured for that. */
export interface RuleFinding extends Finding {
  readonly rule: AnomalyRuleName;
  readonly severity: AnomalySeverity;
  /** Whether the wallet is to be frozen for it. */
  readonly freeze: boolean;
}

type Find = (
  profile: Profile,
  seen: Observation,
  graph: TransferGraph,
  rules: AnomalyRules,
) => Finding | null;

const finders: readonly (readonly [AnomalyRuleName, Find])[] = [
  ["velocity", (profile, seen, _, rules) => findVelocity(profile, seen, rules.velocity)],
  ["amount_outlier", (profile, seen, _, rules) => findAmountOutlier(profile, seen, rules.amount_outlier)],
  ["drain_after_top_up", (profile, seen, _, rules) => findDrain(profile, seen, rules.drain_after_top_up)],
  ["many_refusals", (profile, seen, _, rules) => findManyRefusals(profile, seen, rules.many_refusals)],
  ["limit_splitting", (profile, seen, _, rules) => findLimitSplitting(profile, seen, rules.limit_splitting)],
  ["circular_flow", (_, seen, graph, rules) => findCircularFlow(graph, seen, rules.circular_flow)],
  [
    "new_large_counterparty",
    (profile, seen, _, rules) => findNewLargeCounterparty(profile, seen, rules.new_large_counterparty),
  ],
];

/**
 * Looks at one side of a transaction: what is unusual about it, and what its wallet's profile is from then on.
 * Observations come in the order of the stream.
 *
 * @param graph remembers the transfer, too.
 */
export function observe(
  profile: Profile,
  observation: Observation,
  graph: TransferGraph,
  rules: AnomalyRules,
): { profile: Profile; findings: RuleFinding[] } {
  const findings: RuleFinding[] = [];
  for (const [rule, find] of finders) {
    const { enabled, severity, freeze } = rules[rule];
    if (!enabled || isQuiet(profile, rule, observation.time)) continue;
    const finding = find(profile, observation, graph, rules);
    if (finding !== null) findings.push({ rule, severity, freeze, ...finding });
  }
  const transfer = transferOf(observation);
  if (transfer !== null) graph.add(transfer);
  return { profile: quietened(learned(profile, observation, rules), findings, observation, rules), findings };
}

function isQuiet({ quietUntil }: Profile, rule: AnomalyRuleName, time: bigint): boolean {
  return time < (quietUntil[rule] ?? 0n);
}

function learned(profile: Profile, observation: Observation, rules: AnomalyRules): Profile {
  if (observation.flow === "refused" && !isTelling(observation)) return profile;
  const drain = drainOf(profile, observation, rules.drain_after_top_up);
  return learn(drain === null ? profile : countDrain(profile, drain), observation, rules);
}

/** The rules that found something are silent about the wallet for a while: an episode is reported once. */
function quietened(
  profile: Profile,
  findings: readonly RuleFinding[],
  { time }: Observation,
  rules: AnomalyRules,
): Profile {
  if (findings.length === 0) return profile;
  const until = findings.map(({ rule }) => [rule, time + BigInt(rules[rule].coolDownSeconds) * 1_000_000n]);
  return { ...profile, quietUntil: { ...profile.quietUntil, ...Object.fromEntries(until) } };
}
