import { tokenFor } from "../../test/support/service.js";
import { checkOnce } from "../checking.js";
import { coresInWords } from "../cores.js";
import { countMovements } from "../databases.js";
import { ratioOf, spreadOf } from "../figures.js";
import type { LoadResult } from "../load/load.js";
import { type Profile, Profiling, phasesInWords } from "../profile.js";
import { adminClient } from "../reads/client.js";
import { fundHolders } from "../reads/fund.js";
import { fillLargeLedger } from "../reads/ledger.js";
import type { Entry } from "../report/entry.js";
import type { Bench, Scenario } from "../report/scenario.js";
import { Subject } from "../subject.js";

/** What one of both came to in one round. */
interface Measured extends LoadResult {
  readonly profile: Profile;
}

/** Both ledgers, one right after the other, so that a slow moment of the machine hits both. */
interface Round {
  readonly large: Measured;
  readonly empty: Measured;
}

/** A ledger that was there before the load. */
interface LargeSubject {
  readonly subject: Subject;
  /** Movements that it held before the load, but for those that funded the holders. */
  readonly before: number;
}

const inFlight = 256;
const ratioWanted = 0.8;
const unit = "transfers per second";
const postings = { quick: 100_000, thorough: 10_000_000 };

/** How fast a service with a long history is, against one with none. */
export const scenario: Scenario = {
  id: "h",
  name: "unary Transfer on a large ledger, uniform over 1,000 wallets, 256 in flight",
  async run(bench) {
    const { databases, effort, say } = bench;
    const size = effort.quick ? postings.quick : postings.thorough;
    say(`h: ${scenario.name}: ${inWords(size)} postings`);
    const large = await startLarge(bench, size);
    const emptyUrl = await databases.copy("h_empty");
    await databases.settle("h_empty");
    const empty = await Subject.start(bench, "h_empty", emptyUrl);
    for (const subject of [large.subject, empty]) await transfer(bench, subject, effort.settleMs, 0);
    const rounds: Round[] = [];
    for (let round = 1; round <= effort.rounds; round++) {
      const both = { large: await measure(bench, large.subject), empty: await measure(bench, empty) };
      rounds.push(both);
      say(
        `  round ${round}: ${inWords(both.large.perSecond)} per second, on the empty ledger ${inWords(both.empty.perSecond)}`,
      );
    }
    await empty.prove();
    const checkedPostings = await proveLarge(bench, large);
    for (const name of ["h_empty", "h_large"]) await databases.drop(name);
    return [entryOf(rounds, { postings: size, checkedPostings })];
  },
};

/** Makes the large ledger in the same PostgreSQL that the empty one is in, and starts a service on it. */
async function startLarge(bench: Bench, size: number): Promise<LargeSubject> {
  const { databases, say } = bench;
  const { url, ownerUrl } = await databases.empty("h_large");
  const beganMs = performance.now();
  await fillLargeLedger(ownerUrl, size, (done) => {
    say(`  made: ${done} (${Math.round((performance.now() - beganMs) / 1_000)} s)`);
  });
  await fundHolders(url);
  await databases.settle("h_large");
  say("  vacuumed, analyzed and written out");
  return { subject: await Subject.start(bench, "h_large", url), before: await countMovements(url) };
}

async function measure(bench: Bench, subject: Subject): Promise<Measured> {
  const { warmUpMs, measuredMs } = bench.effort;
  const profiling = await Profiling.begin(subject.service, subject.url);
  const result = await transfer(bench, subject, warmUpMs, measuredMs);
  return { ...result, profile: await profiling.take() };
}

function transfer(bench: Bench, subject: Subject, warmUpMs: number, measuredMs: number): Promise<LoadResult> {
  return subject.load((target) =>
    bench.load.run({ ...target, scenario: "uniform", inFlight, warmUpMs, measuredMs }),
  );
}

/**
 * Has the service check the whole ledger, as it does in production, and counts what was added. The oracles are for
 * ledgers that the service made: what SQL made has neither keys nor events.
 *
 * @returns how many postings were verified.
 * @throws when the check finds anything, or the ledger does not hold what the clients saw.
 */
async function proveLarge({ say }: Bench, { subject, before }: LargeSubject): Promise<string> {
  const { service, name, url, succeeded } = subject;
  say("  checking the large ledger");
  const admin = adminClient(service.grpcPort, await tokenFor("auditor"));
  const verdict = await checkOnce(admin, new AbortController().signal, () => {});
  if (!verdict.ok) throw new Error(`the check of ${name} found ${verdict.findingCount} things`);
  await service.stop();
  const made = (await countMovements(url)) - before;
  if (made !== succeeded) throw new Error(`${name} holds ${made} movements, its clients saw ${succeeded}`);
  return `${verdict.postingCount}`;
}

function entryOf(rounds: readonly Round[], facts: { postings: number; checkedPostings: string }): Entry {
  const ratio = spreadOf(rounds.map(({ large, empty }) => ratioOf(large.perSecond, empty.perSecond)));
  const reached = ratio.median >= ratioWanted;
  return {
    id: scenario.id,
    name: `${scenario.name}: ${inWords(facts.postings)} postings`,
    figure: { unit, ...spreadOf(rounds.map(({ large }) => large.perSecond)) },
    baseline: {
      unit,
      label: "the same service on an empty ledger, with the same wallets",
      ...spreadOf(rounds.map(({ empty }) => empty.perSecond)),
    },
    ratio,
    target: "at least 80 %",
    reached,
    explained: reached ? null : explain(rounds),
    raw: { rounds, ...facts },
  };
}

/** Both profiles of the middle round, side by side. */
function explain(rounds: readonly Round[]): string {
  const sorted = [...rounds].sort(
    (a, b) => a.large.perSecond / a.empty.perSecond - b.large.perSecond / b.empty.perSecond,
  );
  const { large, empty } = sorted[Math.floor(sorted.length / 2)] as Round;
  return (
    `On the large ledger ${phasesInWords(large.profile)}, and ${coresInWords(large.profile.cores)}. ` +
    `On the empty one ${phasesInWords(empty.profile)}, and ${coresInWords(empty.profile.cores)}.`
  );
}

function inWords(figure: number): string {
  return Math.round(figure).toLocaleString("en-US");
}
