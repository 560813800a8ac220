import type { Traffic } from "./load/frames.js";
import type { Bench } from "./report/scenario.js";
import { serviceProgram } from "./server.js";
import {
  type Calls,
  type Measured,
  measure,
  prove,
  type Subject,
  settle,
  startSubject,
  together,
  turnOf,
} from "./subject.js";

/** What is measured beside the usual way. */
export interface Compared {
  /** What the copies of the ledger begin with: lower-case letters and digits. */
  readonly id: string;
  readonly traffic: Traffic;
  /** The copy that both work on copies of; unset: the ledger as it was prepared. */
  readonly from?: string;
}

/** Both servers, one right after the other, so that a slow moment of the machine hits both. */
export interface Round {
  readonly groupCommit: Measured;
  readonly oneByOne: Measured;
}

/** What one comparison came to. */
export interface Comparison {
  /** Connections of the pool that the baseline was fastest with. */
  readonly poolSize: number;
  /** Calls per second of the baseline, by the connections of its pool; none where there was no choice. */
  readonly poolFigures: Readonly<Record<string, number>>;
  readonly rounds: readonly Round[];
}

/** Calls under way at any moment. */
export const inFlight = 256;

/** Measures the service and the usual way in turns, and proves that neither of them has lost or invented anything. */
export async function compare(bench: Bench, compared: Compared): Promise<Comparison> {
  const { poolSize, poolFigures } = await bestPoolSize(bench, compared);
  const [groupCommit, oneByOne] = await together(
    start(bench, compared, "group_commit", serviceProgram),
    start(bench, compared, "one_by_one", baseline(poolSize)),
  );
  for (const subject of [groupCommit, oneByOne]) await settle(bench, subject, callsOf(compared));
  const rounds: Round[] = [];
  while (rounds.length < bench.effort.rounds) {
    const round = {
      groupCommit: await measure(bench, groupCommit, turnOf(bench, callsOf(compared))),
      oneByOne: await measure(bench, oneByOne, turnOf(bench, callsOf(compared))),
    };
    rounds.push(round);
    const perSecond = [round.groupCommit, round.oneByOne].map((one) => Math.round(one.perSecond));
    bench.say(`round ${rounds.length}: ${perSecond.join(" / ")} per second, service / baseline`);
  }
  await together(prove(bench, groupCommit), prove(bench, oneByOne));
  bench.say("every oracle holds on both ledgers, and both hold every success that the client saw, once");
  return { poolSize, poolFigures, rounds };
}

async function bestPoolSize(
  bench: Bench,
  compared: Compared,
): Promise<Pick<Comparison, "poolSize" | "poolFigures">> {
  const { poolSizes } = bench.effort;
  if (poolSizes.length === 1) return { poolSize: poolSizes[0] ?? 1, poolFigures: {} };
  const figures = new Map<number, number>();
  for (const size of poolSizes) {
    const subject = await start(bench, compared, `pool_of_${size}`, baseline(size));
    await settle(bench, subject, callsOf(compared));
    const { perSecond } = await measure(bench, subject, turnOf(bench, callsOf(compared)));
    figures.set(size, perSecond);
    bench.say(`the baseline with ${size} connections: ${Math.round(perSecond)} per second`);
    await prove(bench, subject);
  }
  const [best] = [...figures].reduce((a, b) => (b[1] > a[1] ? b : a));
  return { poolSize: best, poolFigures: Object.fromEntries(figures) };
}

function start(
  bench: Bench,
  { id, from }: Compared,
  name: string,
  program: readonly string[],
): Promise<Subject> {
  const database = `${id}_${name}`;
  return startSubject(bench, { database, program, ...(from !== undefined && { from }) });
}

function callsOf({ traffic }: Compared): Calls {
  return { traffic, inFlight };
}

function baseline(poolSize: number): string[] {
  return ["dist/bench/baseline/serve.js", `${poolSize}`];
}
