// Transfers per second through unary gRPC: group commit against one transaction per request, in the same run.
// `npm run bench:first` takes some five minutes on two slow cores, `npm run bench:first -- --quick` about one.
// Servers and load are compiled first, as `npm start` does it: tsx names every closure at run time, which costs.
import { execFileSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { Comparing, type Comparison, type Effort } from "./comparison.js";
import { openDatabases } from "./databases.js";
import { printed, spreadOf } from "./figures.js";
import type { Scenario } from "./load/frames.js";
import { type LoadResult, startLoadGenerator } from "./load/load.js";

const thorough: Effort = {
  rounds: 5,
  // Long enough for both to run compiled code: a service that has just started is not what is compared.
  settleMs: 8_000,
  warmUpMs: 300,
  measuredMs: 2_000,
  poolSizes: [4, 8, 16],
};
const quick: Effort = { rounds: 1, settleMs: 1_500, warmUpMs: 300, measuredMs: 1_000, poolSizes: [8] };
const scenarios: readonly { readonly scenario: Scenario; readonly ratioMin: number }[] = [
  { scenario: "uniform", ratioMin: 5 },
  { scenario: "hot treasury", ratioMin: 10 },
];

/** What is to be undone, the last first, however the run ends. */
const undo: (() => Promise<void>)[] = [];

async function stopAll(): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => stopAll().finally(() => process.exit(130)));
}

try {
  await main(process.argv.includes("--quick") ? quick : thorough);
} catch (error) {
  // After Ctrl-C whatever was under way fails; that is no news.
  if (undo.length > 0) console.error("The run is void:", error);
  process.exitCode = 1;
} finally {
  await stopAll();
}

async function main(effort: Effort): Promise<void> {
  const databases = await openDatabases();
  undo.push(databases.stop);
  const load = startLoadGenerator();
  undo.push(load.stop);
  const comparing = new Comparing(databases, load, effort);
  undo.push(() => comparing.stop());
  printMachine(databases.facts);
  for (const { scenario, ratioMin } of scenarios) {
    console.log(`\n${scenario}, 256 in flight; per second, group commit / one transaction per request`);
    const comparison = await comparing.run(scenario, ({ groupCommit, oneByOne }) => {
      console.log(`  ${Math.round(groupCommit.perSecond)} / ${Math.round(oneByOne.perSecond)}`);
    });
    printComparison(comparison, ratioMin);
  }
}

function printMachine(facts: Record<string, string>): void {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const changed =
    execFileSync("git", ["status", "--porcelain", "src", "migrations"], { encoding: "utf8" }) !== "";
  const [cpu] = cpus();
  console.log(`${availableParallelism()} cores (${cpu?.model.trim()}), Node ${process.version}`);
  console.log(
    `PostgreSQL ${Object.entries(facts)
      .map(([name, value]) => (name === "server_version" ? value : `${name} ${value}`))
      .join(", ")}`,
  );
  console.log(`commit ${commit}${changed ? ", with changes" : ""}; the load generator is on the same cores`);
}

function printComparison({ poolSize, poolFigures, rounds }: Comparison, ratioMin: number): void {
  const pools = [...poolFigures].map(([size, perSecond]) => `${size}: ${Math.round(perSecond)}`).join(", ");
  const ratio = spreadOf(
    rounds.map(({ groupCommit, oneByOne }) => groupCommit.perSecond / oneByOne.perSecond),
  );
  console.log(`  group commit                 ${lineOf(rounds.map(({ groupCommit }) => groupCommit))}`);
  console.log(`  one transaction per request  ${lineOf(rounds.map(({ oneByOne }) => oneByOne))}`);
  console.log(`    best of its pools: ${poolSize} connections (per second: ${pools})`);
  console.log(`  ratio                        ${printed(ratio, 1)}; wanted: ${ratioMin}`);
  console.log("  every oracle holds on both ledgers, and both hold every success that the client saw, once");
  if (ratio.median < ratioMin) process.exitCode = 1;
}

function lineOf(results: readonly LoadResult[]): string {
  const perSecond = printed(spreadOf(results.map((result) => result.perSecond)));
  const p50 = spreadOf(results.map(({ latencyMs }) => latencyMs.p50)).median;
  const p99 = spreadOf(results.map(({ latencyMs }) => latencyMs.p99)).median;
  return `${perSecond} per second, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`;
}
