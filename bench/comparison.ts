import { expectOracles } from "../test/support/oracles.js";
import { type Service, startService, tokenFor } from "../test/support/service.js";
import { countMovements, type Databases } from "./databases.js";
import type { Scenario } from "./load/frames.js";
import type { LoadGenerator, LoadResult } from "./load/load.js";

/** How long to measure, and how often. */
export interface Effort {
  readonly rounds: number;
  /** How long a server that was just started runs under load before it is measured: its code is not compiled yet. */
  readonly settleMs: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** The connections that the baseline is tried with. */
  readonly poolSizes: readonly number[];
}

/** Both servers, one right after the other, so that a slow moment of the machine hits both. */
export interface Round {
  readonly groupCommit: LoadResult;
  readonly oneByOne: LoadResult;
}

/** What one scenario came to. */
export interface Comparison {
  readonly poolSize: number;
  readonly poolFigures: ReadonlyMap<number, number>;
  readonly rounds: readonly Round[];
}

/** A server under test on a copy of the ledger. */
interface Subject {
  readonly service: Service;
  readonly url: string;
  readonly database: string;
  succeeded: number;
}

const inFlight = 256;

/** Measures both servers in turn, then proves that neither of them has lost or invented anything. */
export class Comparing {
  readonly #databases: Databases;
  readonly #load: LoadGenerator;
  readonly #effort: Effort;
  readonly #subjects = new Set<Subject>();
  #orders = 0;

  constructor(databases: Databases, load: LoadGenerator, effort: Effort) {
    this.#databases = databases;
    this.#load = load;
    this.#effort = effort;
  }

  async run(scenario: Scenario, onRound: (round: Round) => void): Promise<Comparison> {
    const { poolSize, poolFigures } = await this.#bestPoolSize(scenario);
    const groupCommit = await this.#start(scenario, "group_commit", ["dist/src/main.js", "serve"]);
    const oneByOne = await this.#start(scenario, "one_by_one", baseline(poolSize));
    const rounds: Round[] = [];
    for (let round = 0; round < this.#effort.rounds; round++) {
      const both = {
        groupCommit: await this.#measure(groupCommit, scenario),
        oneByOne: await this.#measure(oneByOne, scenario),
      };
      rounds.push(both);
      onRound(both);
    }
    await this.#prove(groupCommit);
    await this.#prove(oneByOne);
    return { poolSize, poolFigures, rounds };
  }

  /** Stops every server that is still there. */
  async stop(): Promise<void> {
    await Promise.all([...this.#subjects].map(({ service }) => service.kill()));
  }

  async #bestPoolSize(scenario: Scenario): Promise<{ poolSize: number; poolFigures: Map<number, number> }> {
    const figures = new Map<number, number>();
    for (const size of this.#effort.poolSizes) {
      const subject = await this.#start(scenario, `pool_of_${size}`, baseline(size));
      figures.set(size, (await this.#measure(subject, scenario)).perSecond);
      await this.#prove(subject);
    }
    const best = [...figures].reduce((a, b) => (b[1] > a[1] ? b : a));
    return { poolSize: best[0], poolFigures: figures };
  }

  async #start(scenario: Scenario, database: string, program: readonly string[]): Promise<Subject> {
    const url = await this.#databases.copy(database);
    const service = await startService({
      env: { DATABASE_URL: url, HOST: "127.0.0.1", LOG_LEVEL: "error" },
      program,
    });
    const subject = { service, url, database, succeeded: 0 };
    this.#subjects.add(subject);
    await this.#measure(subject, scenario, { warmUpMs: this.#effort.settleMs, measuredMs: 0 });
    return subject;
  }

  async #measure(
    subject: Subject,
    scenario: Scenario,
    times: { warmUpMs: number; measuredMs: number } = this.#effort,
  ): Promise<LoadResult> {
    const { warmUpMs, measuredMs } = times;
    const keyPrefix = `bench-${++this.#orders}`;
    const token = await tokenFor("service");
    const { grpcPort: port } = subject.service;
    const result = await this.#load.run({ port, token, scenario, inFlight, warmUpMs, measuredMs, keyPrefix });
    const failures = Object.entries(result.failures);
    if (failures.length > 0)
      throw new Error(`calls to ${subject.database} failed: ${JSON.stringify(failures.slice(0, 3))}`);
    subject.succeeded += result.succeeded;
    return result;
  }

  /** A figure counts only if every success that the client saw is in the ledger, once, and the ledger is sound. */
  async #prove(subject: Subject): Promise<void> {
    await subject.service.stop();
    this.#subjects.delete(subject);
    const made = await countMovements(subject.url);
    if (made !== subject.succeeded) {
      throw new Error(`${subject.database} holds ${made} movements, its clients saw ${subject.succeeded}`);
    }
    await expectOracles(subject.url);
    await this.#databases.drop(subject.database);
  }
}

function baseline(poolSize: number): string[] {
  return ["dist/bench/baseline/serve.js", `${poolSize}`];
}
