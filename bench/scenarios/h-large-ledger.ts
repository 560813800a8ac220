import { closeDatabase, openDatabase } from "../../src/db/database.js";
import { checkIntegrity, type IntegrityVerdict } from "../../src/engine/integrity/check.js";
import { defaultIntegrityLimits } from "../../src/engine/integrity/limits.js";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import { addHolders, databaseOptions } from "../../test/support/engine.js";
import { explainRatio } from "../explained.js";
import { middleOf, ratioOf, spreadOf } from "../figures.js";
import { fundHolders } from "../fund.js";
import { proveCount } from "../ledger.js";
import { fillLargeLedger, spareUnits } from "../reads/ledger.js";
import type { Entry } from "../report/entry.js";
import type { Bench, Scenario } from "../report/scenario.js";
import {
  type Calls,
  type Measured,
  measure,
  prove,
  type Subject,
  settle,
  startSubject,
  turnOf,
} from "../subject.js";

/** Both ledgers, one right after the other, so that a slow moment of the machine hits both. */
interface Round {
  readonly large: Measured;
  readonly empty: Measured;
}

/** How many postings the large ledger had, and how many were verified in the end. */
interface Facts {
  readonly postings: number;
  readonly checkedPostings: string;
}

const calls: Calls = { traffic: "uniform", inFlight: 256 };
const ratioWanted = 0.8;
const unit = "per second";
const postings = { quick: 20_000, thorough: 10_000_000 };

/** How fast a service with a long history is, against one with none. */
export const scenario: Scenario = {
  id: "h",
  name: "unary Transfer on a large ledger, uniform over 1,000 wallets, 256 in flight",
  async run(bench) {
    const { databases, effort, say } = bench;
    const size = effort.quick ? postings.quick : postings.thorough;
    say(`${scenario.name}: ${inWords(size)} postings`);
    const large = await startLarge(bench, size);
    const emptyUrl = await databases.copy("h_empty");
    await databases.vacuum("h_empty");
    const empty = await startSubject(bench, { database: "h_empty", url: emptyUrl });
    await settle(bench, large, calls);
    await settle(bench, empty, calls);
    const rounds: Round[] = [];
    while (rounds.length < effort.rounds) {
      const turn = turnOf(bench, calls);
      const round = { large: await measure(bench, large, turn), empty: await measure(bench, empty, turn) };
      rounds.push(round);
      const perSecond = [round.large, round.empty].map((one) => Math.round(one.perSecond));
      say(`round ${rounds.length}: ${perSecond.join(" / ")} per second, large / empty ledger`);
    }
    await prove(bench, empty);
    const checkedPostings = await proveLarge(bench, large);
    say(
      "the check finds nothing in the large ledger, the oracles nothing in the other, and both hold every success",
    );
    return [entryOf(rounds, { postings: size, checkedPostings })];
  },
};

/** Makes the large ledger in the same PostgreSQL that the empty one is in, and starts a service on it. */
async function startLarge(bench: Bench, size: number): Promise<Subject> {
  const { databases, say } = bench;
  const database = "h_large";
  const { url, ownerUrl } = await databases.empty(database);
  await fillLargeLedger(ownerUrl, size, (done) => say(`made: ${done}`));
  await fundHolders(url, { units: spareUnits, give: addHolders });
  await databases.vacuum(database);
  say("vacuumed, analyzed and written out");
  return startSubject(bench, { database, url });
}

/**
 * Checks the whole ledger as the service does in production, and counts what was added. The oracles are for ledgers that
 * the service made: what SQL made has neither keys nor events.
 *
 * @returns how many postings were verified.
 * @throws when the check finds anything, or the ledger does not hold what the clients saw.
 */
async function proveLarge({ databases, say }: Bench, subject: Subject): Promise<string> {
  const { service, database, url } = subject;
  await service.stop();
  const verdict = await check(url, say);
  if (verdict.findingCount > 0n)
    throw new Error(`the check of ${database} found ${verdict.findingCount} things`);
  await proveCount(subject);
  await databases.drop(database);
  return `${verdict.postings}`;
}

const toldEveryMs = 60_000;

/** A check that does not rest: nobody else is at work. */
async function check(url: string, say: Bench["say"]): Promise<IntegrityVerdict> {
  const database = await openDatabase(databaseOptions(url));
  const context = {
    reader: database.reader,
    attempts: defaultEngineLimits,
    limits: { ...defaultIntegrityLimits, share: 1, progressMs: toldEveryMs },
    trustedKeyIds: [],
  };
  try {
    for await (const event of checkIntegrity(
      context,
      { asset: null, token: null },
      new AbortController().signal,
    )) {
      if (event.kind === "verdict") return event.verdict;
      if (event.kind === "finding") say(`found: ${event.finding.message}`);
      else say(`checked: ${event.progress.checkedPostings.toLocaleString("en-US")} postings, ${event.phase}`);
    }
    throw new Error("the check ended without a verdict");
  } finally {
    await closeDatabase(database);
  }
}

function entryOf(rounds: readonly Round[], facts: Facts): Entry {
  const ofRound = ({ large, empty }: Round): number => ratioOf(large.perSecond, empty.perSecond);
  const ratio = spreadOf(rounds.map(ofRound));
  const reached = ratio.median >= ratioWanted;
  const middle = middleOf(rounds, ofRound);
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
    goal: { atLeast: ratioWanted },
    reached,
    explained: reached ? null : explainRatio(middle.large.profile, middle.empty.profile),
    raw: { rounds, ...facts },
  };
}

function inWords(figure: number): string {
  return figure.toLocaleString("en-US");
}
