// The guard of the pipeline: `npm run bench:guard` holds the service against the usual way with little effort, in one run,
// and fails when a ratio is below a third of what the benchmark wants. A ratio depends on the machine much less than a time
// does, but it does: the usual way waits for the disk, the service for a processor. Half of what is wanted is what both
// cores of a small machine reach, so that a guard there would fail without a regression.
import { quick } from "./efforts.js";
import { type Held, holdEach } from "./held.js";
import type { Effort } from "./report/scenario.js";
import { inSession } from "./session.js";

const guarded: readonly Held[] = [
  { id: "a", name: "Transfer, uniform", traffic: "uniform", ratioMin: 8 / 3 },
  { id: "b", name: "TopUp, one treasury", traffic: "hot treasury", ratioMin: 15 / 3 },
];
const effort: Effort = { ...quick, settleMs: 1_500, rounds: 2, measuredMs: 2_000 };

await inSession(effort, async (session) => {
  // Something else may have had the machine meanwhile; a regression is there the second time as well.
  await holdEach(session, guarded, { again: true });
  session.bench.say(
    process.exitCode === 1 ? "FAILED: slower than a third of what is wanted, twice" : "fast enough",
  );
});
