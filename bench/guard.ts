// The guard of the pipeline: `npm run bench:guard` holds the service against the usual way with little effort, in one run,
// and fails when a ratio is below half of what the benchmark wants. A ratio does not depend on the machine, a time does.
import { type Compared, compare, type Round } from "./comparison.js";
import { quick } from "./efforts.js";
import { ratioOf } from "./figures.js";
import type { Bench, Effort } from "./report/scenario.js";
import { inSession } from "./session.js";

interface Guarded extends Compared {
  readonly name: string;
  readonly ratioMin: number;
}

const guarded: readonly Guarded[] = [
  { id: "a", name: "Transfer, uniform", traffic: "uniform", ratioMin: 8 / 2 },
  { id: "b", name: "TopUp, one treasury", traffic: "hot treasury", ratioMin: 15 / 2 },
];
const effort: Effort = { ...quick, settleMs: 1_500, rounds: 2, measuredMs: 2_000 };

await inSession(effort, async ({ bench, run }) => {
  for (const one of guarded) {
    const { id, name } = one;
    await run({
      id,
      name,
      run: async (own) => {
        // Something else may have had the machine meanwhile; a regression is there the second time as well.
        if (!(await holds(own, one)) && !(await holds(own, { ...one, id: `${id}_again` })))
          process.exitCode = 1;
        return [];
      },
    });
  }
  bench.say(process.exitCode === 1 ? "FAILED: slower than half of what is wanted, twice" : "fast enough");
});

async function holds(bench: Bench, one: Guarded): Promise<boolean> {
  const { rounds } = await compare(bench, one);
  // Of all rounds together: rounds this short can go by without an answer on a busy machine.
  const sum = (side: keyof Round): number =>
    rounds.reduce((total, round) => total + round[side].perSecond, 0);
  const ratio = ratioOf(sum("groupCommit"), sum("oneByOne"));
  const verdict = ratio >= one.ratioMin ? "holds" : "too low";
  bench.say(`${one.name}: ${ratio.toFixed(1)} times the baseline, at least ${one.ratioMin}: ${verdict}`);
  return ratio >= one.ratioMin;
}
