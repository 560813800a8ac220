// The benchmark: `npm run bench` runs every scenario beside its baseline, `npm run bench -- a c` some of them, and
// `npm run bench:quick` all with little effort. The report is in bench/results. Ctrl-C undoes everything.
// Servers and load are compiled first, as `npm start` does it: tsx names every closure at run time, which costs.
import { quick, thorough } from "./efforts.js";
import { printed } from "./figures.js";
import type { Entry } from "./report/entry.js";
import { currentCommit, describeMachine, machineLine } from "./report/machine.js";
import { figureText } from "./report/markdown.js";
import { reportOf } from "./report/report.js";
import type { Scenario } from "./report/scenario.js";
import { asPartOfLatest, type Run, writeRun } from "./report/write.js";
import { scenario as a } from "./scenarios/a-uniform.js";
import { scenario as b } from "./scenarios/b-hot-treasury.js";
import { scenario as c } from "./scenarios/c-zipf.js";
import { scenario as d } from "./scenarios/d-one-caller.js";
import { scenario as e } from "./scenarios/e-bulk.js";
import { scenario as f } from "./scenarios/f-reads.js";
import { scenario as g } from "./scenarios/g-switches.js";
import { scenario as h } from "./scenarios/h-large-ledger.js";
import { scenario as i } from "./scenarios/i-open-loop.js";
import { scenario as j } from "./scenarios/j-memory.js";
import { inSession } from "./session.js";

const scenarios: readonly Scenario[] = [a, b, c, d, e, f, g, h, i, j];

const effort = process.argv.includes("--quick") ? quick : thorough;
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const unknown = wanted.filter((id) => !scenarios.some((scenario) => scenario.id === id));
if (unknown.length > 0) {
  console.error(`There is no scenario ${unknown.join(", ")}; there are:`);
  for (const { id, name } of scenarios) console.error(`  ${id}  ${name}`);
  process.exit(2);
}
const chosen = wanted.length === 0 ? scenarios : scenarios.filter(({ id }) => wanted.includes(id));

await inSession(effort, async ({ bench, run }) => {
  const about = { commit: currentCommit(), machine: describeMachine(bench.databases.facts), effort };
  bench.say(`commit ${about.commit}, ${machineLine(about.machine)}`);
  const entries: Entry[] = [];
  for (const scenario of chosen) {
    for (const entry of await run(scenario)) {
      entries.push(entry);
      bench.say(summaryOf(entry));
    }
  }
  const report = reportOf(about, entries);
  const kept: Pick<Run, "name" | "report"> = effort.quick
    ? { name: "quick", report }
    : chosen.length === scenarios.length
      ? { name: "latest", report }
      : asPartOfLatest(report);
  writeRun({ ...kept, entries });
  bench.say(
    `bench/results/${kept.name}.md has the table, bench/results/${kept.name} the plots and every round`,
  );
  if (kept.name === "partial")
    bench.say("bench/results/latest.* is as it was: it is of another commit or another machine");
});

function summaryOf({ id, figure, ratio, target, reached }: Entry): string {
  const times = ratio === null ? "" : `, ratio ${printed(ratio, 2)}`;
  return `${id}  ${figureText(figure)}${times}; to reach: ${target}: ${reached ? "reached" : "NOT reached"}`;
}
