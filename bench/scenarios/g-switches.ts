import { explainRatio } from "../explained.js";
import { middleOf, ratioOf, type Spread, spreadOf } from "../figures.js";
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
import { lostOracles } from "../switches/lost-oracles.js";
import { type Switch, switches } from "../switches/switches.js";

/** The service as it ships, and right after it the one with something switched off. */
interface Round {
  readonly full: Measured;
  readonly without: Measured;
}

/** What it is worth to leave something out. */
interface Compared {
  readonly off: readonly Switch[];
  readonly rounds: readonly Round[];
}

const name = "uniform Transfer, 256 in flight, with everything on that guards and records a call";
const costAtMost = 0.25;
const calls: Calls = { traffic: "uniform", inFlight: 256 };

/** Nothing that keeps the service right or watched over may be worth switching off. */
export const scenario: Scenario = {
  id: "g",
  name,
  async run(bench) {
    bench.say(name);
    const full = await startSubject(bench, { database: "g_full" });
    await settle(bench, full, calls);
    const all = await compare(bench, full, switches);
    const alone: Compared[] = [];
    // In a quick run there is no time to tell them apart.
    for (const one of bench.effort.quick ? [] : switches) alone.push(await compare(bench, full, [one]));
    await prove(bench, full);
    bench.say(
      "every oracle holds that can without the part, and the ledgers hold every success that was seen, once",
    );
    return [entryOf(all, alone)];
  },
};

async function compare(bench: Bench, full: Subject, off: readonly Switch[]): Promise<Compared> {
  const database = off.length === 1 ? `g_without_${off[0]?.replaceAll(" ", "_")}` : "g_without_all";
  const program = ["dist/bench/switches/serve.js", ...off];
  const without = await startSubject(bench, { database, program });
  await settle(bench, without, calls);
  const turn = turnOf(bench, calls);
  const rounds: Round[] = [];
  while (rounds.length < bench.effort.rounds) {
    rounds.push({ full: await measure(bench, full, turn), without: await measure(bench, without, turn) });
  }
  await prove(
    bench,
    without,
    off.flatMap((one) => lostOracles[one]),
  );
  const compared = { off, rounds };
  bench.say(`without ${nameOf(compared)}: it costs ${costText(compared)}`);
  return compared;
}

function entryOf(all: Compared, alone: readonly Compared[]): Entry {
  const ratio = shareLeft(all);
  const middle = middleOf(all.rounds, shareOf);
  const reached = ratio.median >= 1 - costAtMost;
  const each = alone.map((one) => `${nameOf(one)} ${costText(one)}`).join(", ");
  return {
    id: "g",
    name,
    figure: { ...spreadOf(all.rounds.map(({ full }) => full.perSecond)), unit: "per second" },
    baseline: {
      ...spreadOf(all.rounds.map(({ without }) => without.perSecond)),
      unit: "per second",
      label: `the same without ${switches.join(", ")}${each === "" ? "" : `; what each costs alone: ${each}`}`,
    },
    ratio,
    target: `at least ${1 - costAtMost} of it: all together cost at most ${100 * costAtMost} %`,
    goal: { atLeast: 1 - costAtMost },
    reached,
    explained: reached ? null : explainRatio(middle.full.profile, middle.without.profile),
    raw: [all, ...alone],
  };
}

function shareOf({ full, without }: Round): number {
  return ratioOf(full.perSecond, without.perSecond);
}

function shareLeft({ rounds }: Compared): Spread {
  return spreadOf(rounds.map(shareOf));
}

/** `12 %`; below 0 where it was faster with the part, which is chance. */
function costText(compared: Compared): string {
  return `${((1 - shareLeft(compared).median) * 100).toFixed(0)} %`;
}

function nameOf({ off }: Compared): string {
  return off.length === 1 ? `${off[0]}` : "all of them";
}
