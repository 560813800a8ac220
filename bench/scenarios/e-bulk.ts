import type { RowsOrder, RowsResult } from "../baseline/bulk-rows.js";
import { batchesIn, busyness, costs } from "../explained.js";
import { middleOf, ratioOf, spreadOf } from "../figures.js";
import { type Ledger, openLedger, proveLedger } from "../ledger.js";
import type { BulkOrder, BulkResult } from "../load/bulk-generator.js";
import { startWorker, type Worker } from "../load/worker.js";
import type { Profile } from "../profile.js";
import type { Entry } from "../report/entry.js";
import type { Bench, Scenario } from "../report/scenario.js";
import { loaded, prove, startSubject, together } from "../subject.js";

/** One way to bring many movements at once. */
interface Way {
  readonly id: string;
  readonly name: string;
  readonly kind: BulkOrder["kind"];
  readonly inFlight: number;
}

/** Both, one right after the other, so that a slow moment of the machine hits both. */
interface Round {
  readonly service: BulkResult & { readonly profile: Profile };
  readonly rows: RowsResult;
}

/** What makes the load, and what makes the rows, in processes of their own. */
interface Workers {
  readonly load: Worker<BulkOrder, BulkResult>;
  readonly rows: Worker<RowsOrder, RowsResult>;
}

/** What the baseline makes of one connection and of more, in movements per second. */
interface Tried {
  readonly best: number;
  readonly figures: Readonly<Record<string, number>>;
}

type Times = Pick<BulkOrder, "warmUpMs" | "measuredMs">;

const ratioWanted = 1 / 3;
/** A batch is a thousand movements: a shorter time would hold so few that one more or less would show. */
const measuredMsMin = { quick: 1_000, thorough: 2_000 };
const unit = "movements per second";

// One batch is committed while the next is decoded. A third would wait behind a full batch, which the service refuses as
// OVERLOADED where a batch takes long.
const ways: readonly Way[] = [
  { id: "e1", name: "ExecuteBatch of 1,000 items, 2 calls in flight", kind: "batch", inFlight: 2 },
  {
    id: "e2",
    name: "ExecuteStream, 2 streams with 1,000 items in flight each",
    kind: "stream",
    inFlight: 2,
  },
];

/** How fast movements are made in bulk, against PostgreSQL making their rows by itself. */
export const scenario: Scenario = {
  id: "e",
  name: "many movements in one call",
  async run(bench) {
    const workers: Workers = {
      load: startWorker("bulk-generator.js"),
      rows: startWorker("../baseline/bulk-rows.js"),
    };
    bench.undo(workers.load.stop);
    bench.undo(workers.rows.stop);
    const tried = await tryConnections(bench, workers);
    const entries: Entry[] = [];
    for (const way of ways) entries.push(await entryOf(bench, workers, way, tried));
    return entries;
  },
};

async function entryOf(bench: Bench, workers: Workers, way: Way, { best, figures }: Tried): Promise<Entry> {
  const { id, name } = way;
  bench.say(name);
  const rounds = await roundsOf(bench, workers, way, best);
  const ofRound = ({ service, rows }: Round): number => ratioOf(service.perSecond, rows.perSecond);
  const ratio = spreadOf(rounds.map(ofRound));
  const reached = ratio.median >= ratioWanted;
  return {
    id,
    name,
    figure: { unit, ...spreadOf(rounds.map(({ service }) => service.perSecond)) },
    baseline: {
      unit,
      label: `PostgreSQL making the same rows from one SQL statement, 1,000 per commit, on ${inWords(best)}`,
      ...spreadOf(rounds.map(({ rows }) => rows.perSecond)),
    },
    ratio,
    target: "at least a third, stretch half",
    goal: { atLeast: ratioWanted },
    reached,
    explained: reached ? null : explained(middleOf(rounds, ofRound)),
    raw: { rounds, connectionsTried: figures },
  };
}

async function roundsOf(
  bench: Bench,
  { load, rows }: Workers,
  way: Way,
  connections: number,
): Promise<Round[]> {
  const { kind, inFlight } = way;
  const [subject, ledger] = await together(
    startSubject(bench, { database: way.id }),
    openLedger(bench, { database: `${way.id}_rows` }),
  );
  const bring = (times: Times) =>
    loaded(bench, subject, (target) => load.run({ ...target, kind, inFlight, ...times }));
  const make = (times: Times) => makeRows(rows, ledger, { connections, ofBatch: kind === "batch", ...times });
  const settling = { warmUpMs: bench.effort.settleMs, measuredMs: 0 };
  await bring(settling);
  await make(settling);
  const rounds: Round[] = [];
  while (rounds.length < bench.effort.rounds) {
    const round = { service: await bring(timesOf(bench)), rows: await make(timesOf(bench)) };
    rounds.push(round);
    const perSecond = [round.service, round.rows].map((one) => Math.round(one.perSecond));
    bench.say(`round ${rounds.length}: ${perSecond.join(" / ")} per second, service / rows alone`);
  }
  await together(prove(bench, subject), proveLedger(bench, ledger));
  bench.say("every oracle holds on both ledgers, and both hold every success that was seen, once");
  return rounds;
}

function timesOf({ effort }: Bench): Times {
  const measuredMs = Math.max(effort.quick ? measuredMsMin.quick : measuredMsMin.thorough, effort.measuredMs);
  return { warmUpMs: effort.warmUpMs, measuredMs };
}

let orders = 0;

async function makeRows(
  rows: Workers["rows"],
  ledger: Ledger,
  order: Omit<RowsOrder, "url" | "keyPrefix">,
): Promise<RowsResult> {
  const result = await rows.run({ url: ledger.url, keyPrefix: `rows-${++orders}`, ...order });
  ledger.succeeded += result.succeeded;
  return result;
}

/** More connections are no gain where every statement locks every wallet; that is found out, unless there is no time. */
async function tryConnections(bench: Bench, { rows }: Workers): Promise<Tried> {
  const figures: Record<string, number> = {};
  if (bench.effort.quick) return { best: 1, figures };
  for (const connections of [1, 2]) {
    const ledger = await openLedger(bench, { database: `e_rows_by_${connections}` });
    const { perSecond } = await makeRows(rows, ledger, { connections, ofBatch: true, ...timesOf(bench) });
    figures[connections] = perSecond;
    await proveLedger(bench, ledger);
    bench.say(`rows alone on ${inWords(connections)}: ${Math.round(perSecond)} per second`);
  }
  return { best: (figures[2] ?? 0) > (figures[1] ?? 0) ? 2 : 1, figures };
}

function inWords(connections: number): string {
  return connections === 1 ? "one connection" : `${connections} connections`;
}

function explained({ service: { profile }, rows }: Round): string {
  const { batches } = profile;
  const sentences = [busyness(profile), `A movement cost ${costs(profile)}.`];
  if (batches === null) return sentences.join(" ");
  const aloneMs = (1_000 * batches.size) / rows.perSecond;
  const alone = `PostgreSQL alone makes the rows of as many in ${aloneMs.toFixed(1)} ms.`;
  return [...sentences, batchesIn(batches), alone].join(" ");
}
