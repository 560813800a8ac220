import { expectOracles } from "../test/support/oracles.js";
import { type Service, startService, tokenFor } from "../test/support/service.js";
import { countMovements } from "./databases.js";
import type { Scenario as Traffic } from "./load/frames.js";
import type { LoadResult } from "./load/load.js";
import { markOf, type Profile, profileBetween } from "./profile.js";
import type { Bench } from "./report/scenario.js";

/** A server under test, on a ledger of its own. */
export interface Subject {
  readonly service: Service;
  readonly url: string;
  readonly database: string;
  /** Movements that its clients saw succeed. */
  succeeded: number;
}

/** What is started. */
export interface SubjectOptions {
  /** What its copy of the ledger is called. */
  readonly database: string;
  /** The copy that this is a copy of; unset: the ledger as it was prepared. */
  readonly from?: string;
  /** The compiled program and its arguments. */
  readonly program: readonly string[];
  /** Variables of its environment, besides those that every server under test has. */
  readonly env?: Record<string, string>;
}

/** A load, and how long it is measured. */
export interface Turn {
  readonly traffic: Traffic;
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

/** What a load came to, and what the machine did meanwhile, before and after the measured time included. */
export interface Measured extends LoadResult {
  readonly profile: Profile;
}

/** The service itself, as `npm start` runs it. */
export const serviceProgram: readonly string[] = ["dist/src/main.js", "serve"];

let turns = 0;

export async function startSubject(bench: Bench, options: SubjectOptions): Promise<Subject> {
  const { database, from, program, env } = options;
  const url = await bench.databases.copy(database, from);
  const service = await startService({
    env: { DATABASE_URL: url, HOST: "127.0.0.1", LOG_LEVEL: "error", ...env },
    program,
  });
  bench.undo(service.kill);
  return { service, url, database, succeeded: 0 };
}

/** @throws when a call failed: what is compared are loads that all of them succeed in. */
export async function measure(bench: Bench, subject: Subject, turn: Turn): Promise<Measured> {
  const { traffic, ...rest } = turn;
  const { grpcPort: port, metricsPort } = subject.service;
  const order = { port, token: await tokenFor("service"), scenario: traffic, keyPrefix: `bench-${++turns}` };
  const before = await markOf(metricsPort);
  const result = await bench.load.run({ ...order, ...rest });
  const after = await markOf(metricsPort);
  const failures = Object.entries(result.failures);
  if (failures.length > 0)
    throw new Error(`calls to ${subject.database} failed: ${JSON.stringify(failures.slice(0, 3))}`);
  subject.succeeded += result.succeeded;
  const { succeeded: calls, cpuSeconds: loadSeconds } = result;
  return { ...result, profile: profileBetween(before, after, { calls, loadSeconds }) };
}

/**
 * Stops the server, and proves that every success that its clients saw is in the ledger, once, and the ledger is sound.
 *
 * @param except oracles that cannot hold, because the server was made to leave something out.
 * @throws when it is not so: its figures count for nothing.
 */
export async function prove(bench: Bench, subject: Subject, except: readonly string[] = []): Promise<void> {
  const { service, url, database, succeeded } = subject;
  await service.stop();
  const made = await countMovements(url);
  if (made !== succeeded)
    throw new Error(`${database} holds ${made} movements, its clients saw ${succeeded}`);
  await expectOracles(url, except);
  await bench.databases.drop(database);
}
