import { type Compared, compare, type Round } from "./comparison.js";
import { explainRatio } from "./explained.js";
import { middleOf, ratioOf, spreadOf } from "./figures.js";
import type { Entry } from "./report/entry.js";
import type { Bench } from "./report/scenario.js";

/** A row of the report that holds the service against the usual way. */
export interface AgainstUsual extends Compared {
  readonly name: string;
  /** How many times the baseline's calls per second are wanted. */
  readonly atLeast: number;
  /** What would be better still. */
  readonly stretch?: number;
}

/** Measures it, and says what it came to. */
export async function entryAgainstUsual(bench: Bench, row: AgainstUsual): Promise<Entry> {
  const { id, name, atLeast, stretch } = row;
  bench.say(`${name}, 256 in flight`);
  const comparison = await compare(bench, row);
  const { rounds, poolSize } = comparison;
  const ratio = spreadOf(rounds.map(ofRound));
  const reached = ratio.median >= atLeast;
  return {
    id,
    name: `${name}, 256 in flight`,
    figure: { ...spreadOf(rounds.map(({ groupCommit }) => groupCommit.perSecond)), unit: "per second" },
    baseline: {
      ...spreadOf(rounds.map(({ oneByOne }) => oneByOne.perSecond)),
      unit: "per second",
      label: `one TypeORM transaction per request with row locks, ${poolSize} connections, same transport`,
    },
    ratio,
    target: `at least ${atLeast} times${stretch === undefined ? "" : `, stretch ${stretch}`}`,
    goal: { atLeast },
    reached,
    explained: reached ? null : explained(rounds),
    raw: comparison,
  };
}

/** How many times the baseline's calls per second the service has made in a round. */
function ofRound({ groupCommit, oneByOne }: Round): number {
  return ratioOf(groupCommit.perSecond, oneByOne.perSecond);
}

/** By the round in the middle, for that is what the median is of. */
function explained(rounds: readonly Round[]): string {
  const { groupCommit, oneByOne } = middleOf(rounds, ofRound);
  return explainRatio(groupCommit.profile, oneByOne.profile);
}
