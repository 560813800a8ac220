import type { OpenOrder, OpenResult } from "../load/open-loop.js";
import { startWorker, type Worker } from "../load/worker.js";
import type { Profile } from "../profile.js";
import type { Bench } from "../report/scenario.js";
import { loaded, type Subject } from "../subject.js";

/** The generator of open-loop load, in a process of its own. */
export type OpenLoop = Worker<OpenOrder, OpenResult>;

/** What became of calls that were offered at a rate, and what the machine did meanwhile, warm-up included. */
export interface Offered extends OpenResult {
  readonly profile: Profile;
}

let seeds = 0;

export function startOpenLoop(bench: Bench): OpenLoop {
  const open = startWorker<OpenOrder, OpenResult>("open-loop.js");
  bench.undo(open.stop);
  return open;
}

/** Offers calls to a server, uniform transfers. @throws when one of them failed otherwise than by OVERLOADED. */
export function offer(
  bench: Bench,
  { open, subject }: { open: OpenLoop; subject: Subject },
  order: Pick<OpenOrder, "perSecond" | "warmUpMs" | "measuredMs">,
): Promise<Offered> {
  const seed = ++seeds;
  return loaded(bench, subject, (target) => open.run({ ...order, ...target, seed, traffic: "uniform" }));
}
