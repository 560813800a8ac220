// The guard of the pipeline: `npm run bench:guard` holds the service against the usual way with little effort, in one run,
// and fails when a ratio is below half of what the benchmark wants. A ratio does not depend on the machine, a time does.
import { quick } from "./efforts.js";
import { type Held, holds } from "./held.js";
import type { Effort } from "./report/scenario.js";
import { inSession } from "./session.js";

const guarded: readonly Held[] = [
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
