import { type Compared, compare, type Round } from "./comparison.js";
import { ratioOf } from "./figures.js";
import type { Bench } from "./report/scenario.js";
import type { Session } from "./session.js";

/** A comparison with the usual way, and the ratio that it is held to. */
export interface Held extends Compared {
  readonly name: string;
  readonly ratioMin: number;
}

/**
 * Holds each of them to its ratio; the process will end with 1 when one is below it.
 *
 * @param again whether one that is below it is measured a second time, and that counts.
 */
export async function holdEach(
  { run }: Session,
  all: readonly Held[],
  { again }: { again: boolean },
): Promise<void> {
  for (const one of all) {
    const { id, name } = one;
    await run({
      id,
      name,
      run: async (own) => {
        const held = (await holds(own, one)) || (again && (await holds(own, { ...one, id: `${id}_again` })));
        if (!held) process.exitCode = 1;
        return [];
      },
    });
  }
}

/** Whether the ratio of all rounds together is what it is held to; says so in any case. */
async function holds(bench: Bench, one: Held): Promise<boolean> {
  const { rounds } = await compare(bench, one);
  // Of all rounds together: rounds that are short can go by without an answer on a busy machine.
  const sum = (side: keyof Round): number =>
    rounds.reduce((total, round) => total + round[side].perSecond, 0);
  const ratio = ratioOf(sum("groupCommit"), sum("oneByOne"));
  const verdict = ratio >= one.ratioMin ? "holds" : "too low";
  bench.say(
    `${one.name}: ${ratio.toFixed(1)} times the baseline, at least ${one.ratioMin.toFixed(1)}: ${verdict}`,
  );
  return ratio >= one.ratioMin;
}
