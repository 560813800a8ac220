import { BulkRows, movementsEach } from "../baseline/bulk-rows.js";
import { coresInWords } from "../cores.js";
import { ratioOf, spreadOf } from "../figures.js";
import type { BulkOrder, BulkResult } from "../load/bulk-generator.js";
import { startWorker, type Worker } from "../load/worker.js";
import { type Profile, Profiling, phasesInWords } from "../profile.js";
import type { Entry } from "../report/entry.js";
import type { Bench, Scenario } from "../report/scenario.js";
import { proveLedger, Subject } from "../subject.js";

type BulkLoad = Worker<BulkOrder, BulkResult>;

/** One way to bring many movements at once. */
interface Way {
  readonly id: string;
  readonly name: string;
  readonly kind: BulkOrder["kind"];
  readonly inFlight: number;
}

/** Both, one right after the other, so that a slow moment of the machine hits both. */
interface Round {
  readonly service: BulkResult;
  readonly profile: Profile;
  /** Movements per second. */
  readonly rows: number;
}

const ratioWanted = 1 / 3;
/** A batch is a thousand movements: a shorter time would hold so few that one more or less would show. */
const measuredMsMin = 2_000;

const ways: readonly Way[] = [
  { id: "e1", name: "ExecuteBatch of 1,000 items, 4 calls in flight", kind: "batch", inFlight: 4 },
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
    const load = startWorker<BulkOrder, BulkResult>("bulk-generator.js");
    bench.undo(load.stop);
    const tried = await tryConnections(bench);
    const entries: Entry[] = [];
    for (const way of ways) entries.push(await runWay(bench, load, way, tried));
    return entries;
  },
};

async function runWay(bench: Bench, load: BulkLoad, way: Way, tried: Tried): Promise<Entry> {
  const { databases, effort, say } = bench;
  say(`${way.id}: ${way.name}`);
  const subject = await Subject.start(bench, way.id, await databases.copy(way.id));
  const rows = await Rows.open(bench, `${way.id}_rows`, tried.best);
  const settling = { warmUpMs: effort.settleMs, measuredMs: 0 };
  await subject.load((target) => load.run({ ...target, ...way, ...settling }));
  const rounds: Round[] = [];
  for (let round = 1; round <= effort.rounds; round++) {
    const profiling = await Profiling.begin(subject.service, subject.url);
    const service = await subject.load((target) => load.run({ ...target, ...way, ...timesOf(bench) }));
    const profile = await profiling.take();
    rounds.push({ service, profile, rows: await rows.measure(bench, way.kind) });
    say(
      `  round ${round}: ${perSecond(service.perSecond)}, rows alone ${perSecond(rounds.at(-1)?.rows ?? 0)}`,
    );
  }
  await subject.prove();
  await rows.prove();
  for (const name of [way.id, `${way.id}_rows`]) await databases.drop(name);
  return entryOf(way, rounds, tried);
}

function timesOf({ effort }: Bench): Pick<BulkOrder, "warmUpMs" | "measuredMs"> {
  return { warmUpMs: effort.warmUpMs, measuredMs: Math.max(measuredMsMin, effort.measuredMs) };
}

/** The baseline on a ledger of its own. */
class Rows {
  readonly #name: string;
  readonly #url: string;
  readonly #connections: readonly BulkRows[];
  #made = 0;

  private constructor(name: string, url: string, connections: readonly BulkRows[]) {
    this.#name = name;
    this.#url = url;
    this.#connections = connections;
  }

  static async open({ databases }: Bench, name: string, count: number): Promise<Rows> {
    const url = await databases.copy(name);
    const opening = Array.from({ length: count }, (_, index) => BulkRows.connect(url, `${name}-${index}`));
    return new Rows(name, url, await Promise.all(opening));
  }

  /** Movements per second. */
  async measure(bench: Bench, kind: Way["kind"]): Promise<number> {
    const { warmUpMs, measuredMs } = timesOf(bench);
    await this.#run(warmUpMs, kind);
    const beganMs = performance.now();
    const made = await this.#run(measuredMs, kind);
    return made / ((performance.now() - beganMs) / 1_000);
  }

  /** @throws when the ledger that it made is not sound. */
  async prove(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await proveLedger(this.#name, this.#url, this.#made);
  }

  async #run(forMs: number, kind: Way["kind"]): Promise<number> {
    const made = await Promise.all(this.#connections.map((rows) => rows.run(forMs, kind === "batch")));
    const sum = made.reduce((a, b) => a + b, 0);
    this.#made += sum;
    return sum;
  }
}

/** What the baseline makes of one connection and of more, in movements per second. */
interface Tried {
  readonly best: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** More connections are no gain where every statement locks every wallet; that is found out, unless there is no time. */
async function tryConnections(bench: Bench): Promise<Tried> {
  const figures: Record<string, number> = {};
  if (bench.effort.quick) return { best: 1, figures };
  for (const count of [1, 2]) {
    const name = `e_rows_by_${count}`;
    const rows = await Rows.open(bench, name, count);
    figures[count] = await rows.measure(bench, "batch");
    await rows.prove();
    await bench.databases.drop(name);
    bench.say(`  rows alone on ${inWords(count)}: ${perSecond(figures[count])}`);
  }
  return { best: (figures[2] ?? 0) > (figures[1] ?? 0) ? 2 : 1, figures };
}

function inWords(connections: number): string {
  return connections === 1 ? "one connection" : `${connections} connections`;
}

function entryOf(way: Way, rounds: readonly Round[], { best, figures }: Tried): Entry {
  const unit = "movements per second";
  const ratio = spreadOf(rounds.map(({ service, rows }) => ratioOf(service.perSecond, rows)));
  const reached = ratio.median >= ratioWanted;
  return {
    id: way.id,
    name: way.name,
    figure: { unit, ...spreadOf(rounds.map(({ service }) => service.perSecond)) },
    baseline: {
      unit,
      label: `PostgreSQL making the same rows from one SQL statement, ${movementsEach.toLocaleString("en-US")} per commit, on ${inWords(best)}`,
      ...spreadOf(rounds.map(({ rows }) => rows)),
    },
    ratio,
    target: "at least a third; stretch: half",
    reached,
    explained: reached ? null : explain(rounds),
    raw: { rounds, connectionsTried: figures },
  };
}

/** What the middle round's profile shows. */
function explain(rounds: readonly Round[]): string {
  const sorted = [...rounds].sort((a, b) => a.service.perSecond - b.service.perSecond);
  const { profile, rows } = sorted[Math.floor(sorted.length / 2)] as Round;
  const rowsMs = (1_000 * profile.movementsEach) / rows;
  return `${phasesInWords(profile)}; PostgreSQL alone makes the rows of as many in ${rowsMs.toFixed(0)} ms; ${coresInWords(profile.cores)}.`;
}

function perSecond(figure: number): string {
  return `${Math.round(figure).toLocaleString("en-US")} per second`;
}
