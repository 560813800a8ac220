import { type AnomalyRuleName, anomalyRuleNames } from "../../src/ledger/anomaly/finding.js";
import type { RuleFinding } from "../../src/ledger/anomaly/observe.js";
import type { Episode } from "./world.js";

/** How well one rule, or all of them, did. */
export interface Score {
  readonly name: string;
  readonly findings: number;
  /** Those that rest on a transaction of an episode, of whatever kind. */
  readonly right: number;
  readonly episodes: number;
  /** Those episodes of its kind that it found; of all rules together, that any rule found. */
  readonly detected: number;
}

/** The scores of each rule, and of all of them last. */
export function scoresOf(episodes: readonly Episode[], findings: readonly RuleFinding[]): Score[] {
  const episodeOf = new Map(
    episodes.flatMap((episode) => episode.transactionIds.map((id) => [id, episode] as const)),
  );
  const hits = findings.map((finding) => ({
    rule: finding.rule,
    hit: new Set(finding.transactionIds.flatMap((id) => episodeOf.get(id) ?? [])),
  }));
  const scoreOf = (name: string, of: (rule: AnomalyRuleName) => boolean): Score => {
    const mine = hits.filter(({ rule }) => of(rule));
    const kind = episodes.filter((episode) => of(episode.kind));
    return {
      name,
      findings: mine.length,
      right: mine.filter(({ hit }) => hit.size > 0).length,
      episodes: kind.length,
      detected: kind.filter((episode) => mine.some(({ hit }) => hit.has(episode))).length,
    };
  };
  return [
    ...anomalyRuleNames.map((rule) => scoreOf(rule, (other) => other === rule)),
    scoreOf("all", () => true),
  ];
}

export const precisionOf = ({ right, findings }: Score): number => (findings === 0 ? 1 : right / findings);

export const recallOf = ({ detected, episodes }: Score): number => (episodes === 0 ? 1 : detected / episodes);
