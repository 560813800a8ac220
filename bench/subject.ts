import { type Service, tokenFor } from "../test/support/service.js";
import { type Ledger, type LedgerOptions, openLedger, proveLedger } from "./ledger.js";
import type { Traffic } from "./load/frames.js";
import type { LoadResult } from "./load/load.js";
import { type Load, type Profile, profiled } from "./profile.js";
import type { Bench } from "./report/scenario.js";
import { startServer } from "./server.js";

/** A server under test, on a ledger of its own. */
export interface Subject extends Ledger {
  readonly service: Service;
}

/** What is started, on which ledger. */
export interface SubjectOptions extends LedgerOptions {
  /** The compiled program and its arguments; unset: the service as it ships. */
  readonly program?: readonly string[];
}

/** Where a load goes. */
export interface Target {
  readonly port: number;
  readonly token: string;
  /** What its idempotency keys begin with: no two loads have the same. */
  readonly keyPrefix: string;
}

/** A load, and how long it is measured. */
export interface Turn extends Calls {
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

/** Which calls, and how many are under way at any moment. */
export interface Calls {
  readonly traffic: Traffic;
  readonly inFlight: number;
}

/** What a load came to, and what the machine did meanwhile. */
export interface Measured extends LoadResult {
  readonly profile: Profile;
}

let targets = 0;

/** It is killed when the scenario ends before it is stopped. */
export async function startSubject(bench: Bench, options: SubjectOptions): Promise<Subject> {
  const { program, ...which } = options;
  const ledger = await openLedger(bench, which);
  const service = await startServer(ledger.url, program === undefined ? {} : { program });
  bench.undo(service.kill);
  return { ...ledger, service };
}

/** The next load of a server goes there. */
export async function targetOf({ grpcPort: port }: Service): Promise<Target> {
  return { port, token: await tokenFor("service"), keyPrefix: `bench-${++targets}` };
}

/** Has a server that was just started run under load until its code is compiled. */
export async function settle(bench: Bench, subject: Subject, calls: Calls): Promise<void> {
  await measure(bench, subject, { ...calls, warmUpMs: bench.effort.settleMs, measuredMs: 0 });
}

/** One round's load. */
export function turnOf({ effort: { warmUpMs, measuredMs } }: Bench, calls: Calls): Turn {
  return { ...calls, warmUpMs, measuredMs };
}

/** @throws when a call failed: what is compared are loads that all of them succeed in. */
export function measure(bench: Bench, subject: Subject, turn: Turn): Promise<Measured> {
  return loaded(bench, subject, (target) => bench.load.run({ ...target, ...turn }));
}

/**
 * Has a load of movements made on a server, and holds its ledger to what succeeded.
 *
 * @throws when a call failed.
 */
export async function loaded<Result extends Load & Failing>(
  bench: Bench,
  subject: Subject,
  load: (target: Target) => Promise<Result>,
): Promise<Result & { readonly profile: Profile }> {
  const target = await targetOf(subject.service);
  const result = await profiled(bench, subject.service, () => load(target));
  assertNoFailures(subject.database, result);
  subject.succeeded += result.succeeded;
  return result;
}

/** How often each failure came. */
interface Failing {
  readonly failures: Readonly<Record<string, number>>;
}

/** @throws when there is any: the figure would be of something else. */
export function assertNoFailures(name: string, { failures }: Failing): void {
  const some = Object.entries(failures).slice(0, 3);
  if (some.length > 0) throw new Error(`calls to ${name} failed: ${JSON.stringify(some)}`);
}

/** What is done at the same time, to its end, also when some of it fails: nothing of it is under way when that is undone. */
export async function together<Works extends readonly Promise<unknown>[]>(...works: Works) {
  await Promise.allSettled(works);
  return Promise.all(works);
}

/** Stops the server, and proves its ledger; see `proveLedger`. */
export async function prove(bench: Bench, subject: Subject, except?: readonly string[]): Promise<void> {
  await subject.service.stop();
  await proveLedger(bench, subject, except);
}
