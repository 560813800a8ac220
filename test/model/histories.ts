import type { Caller } from "../support/caller.js";
import { openSession } from "../support/postgres.js";
import type { CommandKind } from "./command.js";
import { show } from "./differences.js";
import { generators } from "./generate/generators.js";
import { methods } from "./requests.js";
import { type Ground, runSequence, type SequenceResult } from "./sequence.js";
import { shrink } from "./shrink.js";
import { Tally } from "./tally.js";

/** What to run. */
export interface HistoriesOptions {
  readonly seed: number;
  /** The numbers of the sequences. */
  readonly sequences: readonly number[];
  /** The steps of each. */
  readonly length: number;
  /** Called after each sequence with how many are done. */
  readonly onProgress?: (done: number) => void;
}

/** What came of it. */
export interface HistoriesResult {
  readonly tally: Tally;
  /** The kinds of command that the service does not serve. They were left out. */
  readonly unserved: readonly CommandKind[];
  /** For each sequence in which the model and the service differ, how to run it again, what differs, and its steps. */
  readonly failures: readonly string[];
}

const atOnce = 48;
const failuresMax = 3;

/** Runs sequences, many at a time, against one service. */
export async function runHistories(
  { caller, ownerUrl }: { caller: Caller; ownerUrl: string },
  { seed, sequences, length, onProgress = () => {} }: HistoriesOptions,
): Promise<HistoriesResult> {
  const owner = await openSession(ownerUrl);
  const served = await servedKinds(caller);
  const ground: Ground = { remote: { caller, owner }, served };
  const tally = new Tally();
  const failed: { number: number; result: SequenceResult }[] = [];
  const waiting = sequences.values();
  let done = 0;
  const runInTurn = async (): Promise<void> => {
    for (const number of waiting) {
      const result = await runSequence(ground, { seed, number, length });
      tally.add(result.taken);
      if (result.found.length > 0) failed.push({ number, result });
      onProgress(++done);
      if (failed.length >= failuresMax) return;
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, runInTurn));
    const failures: string[] = [];
    for (const { number, result } of failed.slice(0, failuresMax)) {
      const shortest = await shrink(ground, result, `s${number}`);
      failures.push(describeFailure({ seed, number, length }, result, shortest));
    }
    const kinds = Object.keys(generators) as CommandKind[];
    return { tally, unserved: kinds.filter((kind) => !served.includes(kind)), failures };
  } finally {
    await owner.end();
  }
}

/** The kinds whose RPC the service answers, be it to say that an empty request is wrong. */
async function servedKinds(caller: Caller): Promise<CommandKind[]> {
  const served: CommandKind[] = [];
  for (const [kind, method] of Object.entries(methods)) {
    const ending = await caller.call(method, `served-${kind}`, {});
    if (ending.kind !== "unanswered" || ending.code !== "UNIMPLEMENTED") served.push(kind as CommandKind);
  }
  if (served.includes("executeBatch")) served.push("executeStream");
  if (served.includes("authorizeHold")) served.push("expireHold");
  return served;
}

function describeFailure(
  { seed, number, length }: { seed: number; number: number; length: number },
  first: SequenceResult,
  shortest: SequenceResult,
): string {
  const steps = shortest.taken.map(({ step, outcome }) => {
    const { kind, ...fields } = step.command;
    const end = outcome.kind === "refused" ? outcome.reason : "done";
    return `  ${step.number} ${kind} ${show(fields)} key ${step.key}: ${end}`;
  });
  return [
    `Sequence ${number} of seed ${seed} differs after ${first.taken.length} steps.`,
    `Run it again with: npm run test:model -- --seed ${seed} --sequence ${number} --steps ${length}`,
    "What differs:",
    ...shortest.found.slice(0, 20).map((one) => `  ${one}`),
    `The shortest steps that show it (${shortest.taken.length}), each with how it ends in the model:`,
    ...steps,
  ].join("\n");
}
