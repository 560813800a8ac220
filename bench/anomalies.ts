// How well the rules tell what is unusual from what is not, on a labelled stream that a seed makes: `npm run
// bench:anomalies`, or `npm run bench:anomalies -- 1000000 7` for another number of transactions and another seed.
// The defaults were tuned on seed 1 and are reported on seed 2. It fails below a precision or a recall of 0.9.
import { observationsOf } from "../src/ledger/anomaly/observation.js";
import { observe, type RuleFinding } from "../src/ledger/anomaly/observe.js";
import { emptyProfile, type Profile } from "../src/ledger/anomaly/profile.js";
import { defaultAnomalyRules } from "../src/ledger/anomaly/thresholds.js";
import { TransferGraph } from "../src/ledger/anomaly/transfer-graph.js";
import { Random } from "../test/model/random.js";
import { unusualEpisodes } from "./anomalies/episodes.js";
import { lookAlikes, ordinaryLife } from "./anomalies/ordinary.js";
import { precisionOf, recallOf, type Score, scoresOf } from "./anomalies/score.js";
import { type Episode, World } from "./anomalies/world.js";

const walletCount = 1_000;
const episodesEach = 30;
const wantedMin = 0.9;
const reportedSeed = 2;
/** Of a hundred transactions, how many ordinary payments there are; the others are top-ups and look-alikes. */
const paymentsPercent = 58;

const transactions = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? reportedSeed);
const random = new Random(seed, 1);
const world = new World(random, walletCount);
console.log(`making about ${transactions.toLocaleString("en-US")} transactions with seed ${seed}`);
const episodes = fill();
console.log(`looking at ${world.stream.length.toLocaleString("en-US")} transactions`);
const began = performance.now();
const findings = lookAtAll();
const seconds = (performance.now() - began) / 1_000;
print(scoresOf(episodes, findings));
const perSecond = Math.round(world.stream.length / seconds).toLocaleString("en-US");
console.log(`\n${perSecond} transactions a second by the rules alone, in ${seconds.toFixed(1)} s`);
if (process.argv.includes("--list")) printWrong();

/** Fills the stream in the order of time, and tells what was put into it on purpose. */
function fill(): Episode[] {
  const { episodes: unusual, plans } = unusualEpisodes(world, random, episodesEach);
  const all = [
    ...plans,
    ...lookAlikes(world, random),
    ...ordinaryLife(world, random, Math.round((transactions * paymentsPercent) / 100)),
  ];
  for (const { time, run } of all.sort((a, b) => (a.time < b.time ? -1 : 1))) {
    world.at(time);
    run();
  }
  return unusual;
}

function lookAtAll(): RuleFinding[] {
  const profiles = new Map<string, Profile>();
  const graph = new TransferGraph();
  return world.stream.flatMap((record) =>
    observationsOf(record, world.facts).flatMap((seen) => {
      const profile = profiles.get(seen.walletId) ?? emptyProfile;
      const observed = observe(profile, seen, graph, defaultAnomalyRules);
      profiles.set(seen.walletId, observed.profile);
      return observed.findings;
    }),
  );
}

function print(scores: readonly Score[]): void {
  console.log(`\n${"rule".padEnd(26)}findings   right  episodes  detected  precision  recall`);
  for (const score of scores) {
    const counts = [score.findings, score.right, score.episodes, score.detected];
    const [findingCount, right, episodeCount, detected] = counts.map(String);
    console.log(
      `${score.name.padEnd(26)}${findingCount?.padStart(8)}${right?.padStart(8)}${episodeCount?.padStart(10)}` +
        `${detected?.padStart(10)}${precisionOf(score).toFixed(3).padStart(11)}${recallOf(score).toFixed(3).padStart(8)}`,
    );
  }
  const overall = scores.at(-1);
  if (overall === undefined || Math.min(precisionOf(overall), recallOf(overall)) < wantedMin) {
    console.log(`\nwanted: a precision and a recall of ${wantedMin} overall`);
    process.exitCode = 1;
  }
}

/** The findings that lie in no episode, for those who tune. */
function printWrong(): void {
  const labelled = new Set(episodes.flatMap(({ transactionIds }) => transactionIds));
  const wrong = findings.filter(({ transactionIds }) => !transactionIds.some((id) => labelled.has(id)));
  for (const { rule, summary } of wrong) console.log(`${rule}: ${summary}`);
}
