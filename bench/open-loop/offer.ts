import { tokenFor } from "../../test/support/service.js";
import type { OpenOrder, OpenResult } from "../load/open-loop.js";
import { startWorker, type Worker } from "../load/worker.js";
import { markOf, type Profile, profileBetween } from "../profile.js";
import type { Bench } from "../report/scenario.js";
import type { Subject } from "../subject.js";

/** The generator of open-loop load, in a process of its own. */
export type OpenLoop = Worker<OpenOrder, OpenResult>;

/** What became of calls that were offered at a rate, and what the machine did meanwhile, warm-up included. */
export interface Offered extends OpenResult {
  readonly profile: Profile;
}

let orders = 0;

export function startOpenLoop(bench: Bench): OpenLoop {
  const open = startWorker<OpenOrder, OpenResult>("open-loop.js");
  bench.undo(open.stop);
  return open;
}

/** Offers calls to a server, uniform transfers. @throws when one of them failed otherwise than by OVERLOADED. */
export async function offer(
  open: OpenLoop,
  subject: Subject,
  order: Pick<OpenOrder, "perSecond" | "warmUpMs" | "measuredMs">,
): Promise<Offered> {
  const { grpcPort: port, metricsPort } = subject.service;
  const token = await tokenFor("service");
  const seed = ++orders;
  const before = await markOf(metricsPort);
  const result = await open.run({
    ...order,
    ...{ port, token, seed, traffic: "uniform", keyPrefix: `open-${seed}` },
  });
  const after = await markOf(metricsPort);
  const failures = Object.entries(result.failures);
  if (failures.length > 0)
    throw new Error(`calls to ${subject.database} failed: ${JSON.stringify(failures.slice(0, 3))}`);
  subject.succeeded += result.succeeded;
  const { succeeded: calls, cpuSeconds: loadSeconds } = result;
  return { ...result, profile: profileBetween(before, after, { calls, loadSeconds }) };
}
