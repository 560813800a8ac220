import type { CommandKind, Step } from "./command.js";
import { compareFinalState } from "./final-state.js";
import { nextStep } from "./generate/next-step.js";
import type { Sequence } from "./learn.js";
import type { Outcome } from "./ledger.js";
import { Names } from "./names.js";
import { Random } from "./random.js";
import { openLedger, type Remote } from "./remote.js";
import { takeStep } from "./step.js";

/** A step that was taken, and how it ended in the model. */
export interface Taken {
  readonly step: Step;
  readonly outcome: Outcome;
}

/** What became of a sequence. */
export interface SequenceResult {
  readonly taken: readonly Taken[];
  /** Where the model and the service differ after the last step taken. Empty: they agree. */
  readonly found: readonly string[];
}

/** Where a sequence runs, and what of the service it may use. */
export interface Ground {
  readonly remote: Remote;
  readonly served: readonly CommandKind[];
}

/** Which sequence it is: the same seed and number make the same steps, as far as the service serves the same kinds. */
export interface SequenceId {
  readonly seed: number;
  readonly number: number;
  /** The number of steps. A shorter sequence is the beginning of a longer one. */
  readonly length: number;
}

/** Runs a sequence of random steps until the model and the service differ, or to its end. */
export function runSequence(ground: Ground, { seed, number, length }: SequenceId): Promise<SequenceResult> {
  const random = new Random(seed, number);
  const { served } = ground;
  return run(ground, `s${number}`, ({ ledger }, history) =>
    history.length < length ? nextStep({ random, ledger, history, served }) : undefined,
  );
}

/** Runs given steps under names of their own. What a missing step would have made does not exist. */
export function runSteps(ground: Ground, prefix: string, steps: readonly Step[]): Promise<SequenceResult> {
  return run(ground, prefix, (_, history) => steps[history.length]);
}

async function run(
  { remote }: Ground,
  prefix: string,
  next: (sequence: Sequence, history: readonly Step[]) => Step | undefined,
): Promise<SequenceResult> {
  const names = new Names(prefix);
  const sequence: Sequence = { remote, names, ledger: await openLedger(remote, names), answers: new Map() };
  const taken: Taken[] = [];
  const history: Step[] = [];
  for (let step = next(sequence, history); step !== undefined; step = next(sequence, history)) {
    history.push(step);
    const { outcome, found } = await takeStep(sequence, step);
    taken.push({ step, outcome });
    if (found.length > 0) return { taken, found };
  }
  const found = await compareFinalState(sequence).catch((error: unknown) => [`${error}`]);
  return { taken, found };
}
