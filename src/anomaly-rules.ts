import { readFileSync } from "node:fs";
import { z } from "zod";
import { type AnomalyRuleName, anomalyRuleNames } from "./ledger/anomaly/finding.js";
import { profileLimits } from "./ledger/anomaly/profile.js";
import { type AnomalyRules, defaultAnomalyRules } from "./ledger/anomaly/thresholds.js";

const daySeconds = 86_400;
const weekSeconds = 7 * daySeconds;
/** More than the rule of velocity needs to be remembered, by a little: the bursts of a day lie among other moves. */
const velocityCountMax = 60;

const share = z.number().gt(0).max(1);
const window = z.int().min(1).max(daySeconds);
const history = z.int().min(2).max(profileLimits.amountsMax);
const factor = z.number().min(1).max(1_000);
const zScore = z.number().gt(0).max(1_000);

const settings = {
  enabled: z.boolean(),
  severity: z.enum(["note", "alert", "critical"]).transform((text) => text.toUpperCase()),
  freeze: z.boolean(),
  coolDownSeconds: z.int().min(0).max(weekSeconds),
};

const thresholds = {
  velocity: {
    windowSeconds: window,
    countMin: z.int().min(2).max(velocityCountMax),
    usualFactor: factor,
  },
  amount_outlier: { historyMin: history, zMin: zScore, largestFactor: factor },
  drain_after_top_up: {
    windowSeconds: window,
    shareMin: share,
    topUpShareMin: share,
    usualShareMin: share,
    usualCountMin: z.int().min(1).max(profileLimits.topUpsMax),
  },
  many_refusals: { windowSeconds: window, countMin: z.int().min(2).max(profileLimits.refusalsMax) },
  limit_splitting: {
    windowSeconds: window,
    countMin: z.int().min(2).max(profileLimits.movesMax),
    limitShareMin: share,
  },
  circular_flow: {
    windowSeconds: window,
    walletsMin: z.int().min(3).max(6),
    walletsMax: z.int().min(3).max(6),
    amountTolerance: z.number().min(0).lt(1),
  },
  new_large_counterparty: {
    historyMin: history,
    zMin: zScore,
    largestFactor: factor,
    balanceShareMin: share,
  },
};

/** What a file may say: any part of any rule. The rest is as it is by default. */
const file = z.strictObject(
  Object.fromEntries(
    anomalyRuleNames.map((rule) => [
      rule,
      z
        .strictObject({ ...settings, ...thresholds[rule] })
        .partial()
        .optional(),
    ]),
  ),
);

/** The path of a JSON file with rules, read and checked; it becomes all rules, with the file's in their places. */
export const anomalyRulesFile = z.string().transform((path, context): AnomalyRules => {
  const problem = (message: string, at: PropertyKey[] = []) =>
    context.issues.push({ code: "custom", message, path: at, input: path });
  const parsed = file.safeParse(jsonOf(path, problem));
  for (const { path: at, message } of parsed.error?.issues ?? []) problem(message, at);
  if (!parsed.success) return defaultAnomalyRules;
  const rules = mergedWith(parsed.data);
  for (const [at, message] of contradictionsOf(rules)) problem(message, at);
  return rules;
});

function jsonOf(path: string, problem: (message: string) => void): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    problem(`cannot be read as JSON: ${error instanceof Error ? error.message : error}`);
    return {};
  }
}

function mergedWith(given: Readonly<Record<string, object | undefined>>): AnomalyRules {
  const merged = anomalyRuleNames.map((rule) => [rule, { ...defaultAnomalyRules[rule], ...given[rule] }]);
  return Object.freeze(Object.fromEntries(merged));
}

function contradictionsOf(rules: AnomalyRules): [AnomalyRuleName[], string][] {
  const problems: [AnomalyRuleName[], string][] = anomalyRuleNames
    .filter((rule) => rules[rule].freeze && rules[rule].severity !== "CRITICAL")
    .map((rule) => [[rule], "freezes wallets, and so its severity must be critical"]);
  const { walletsMin, walletsMax } = rules.circular_flow;
  if (walletsMin > walletsMax)
    problems.push([["circular_flow"], "must have a walletsMin of at most its walletsMax"]);
  return problems;
}
