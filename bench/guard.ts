// The guard of the pipeline: `npm run bench:guard` holds the service against the usual way with little effort, in one run,
// and fails when a ratio is, twice, below half of what the benchmark wants.
import { quick } from "./efforts.js";
import { type Held, holdEach } from "./held.js";
import type { Effort } from "./report/scenario.js";
import { inSession } from "./session.js";

const guarded: readonly Held[] = [
  { id: "a", name: "Transfer, uniform", traffic: "uniform", ratioMin: 8 / 2 },
  { id: "b", name: "TopUp, one treasury", traffic: "hot treasury", ratioMin: 15 / 2 },
];
const effort: Effort = { ...quick, settleMs: 4_000, warmUpMs: 300, rounds: 3, measuredMs: 2_000 };

await inSession(effort, async (session) => {
  // Something else may have had the machine meanwhile; a regression is there the second time as well.
  await holdEach(session, guarded, { again: true });
  session.bench.say(
    process.exitCode === 1 ? "FAILED: slower than half of what is wanted, twice" : "fast enough",
  );
});
