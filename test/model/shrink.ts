import type { Step } from "./command.js";
import { type Ground, runSteps, type SequenceResult } from "./sequence.js";

/** How long shortening one sequence may take. */
const shrinkMsMax = 15_000;

/**
 * The shortest sequence that was found to differ still: steps are left out, first many at once, then one by one. Each
 * try runs under names of its own.
 */
export async function shrink(ground: Ground, failed: SequenceResult, name: string): Promise<SequenceResult> {
  let shortest = failed;
  const end = Date.now() + shrinkMsMax;
  let tries = 0;
  for (let size = Math.ceil(failed.taken.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let last = shortest.taken.length; last > 0 && Date.now() < end; last -= size) {
      const steps = without(
        shortest.taken.map(({ step }) => step),
        last - size,
        last,
      );
      if (steps.length === shortest.taken.length || steps.length === 0) continue;
      const again = await runSteps(ground, `${name}try${++tries}`, steps);
      if (problemOf(again) === problemOf(failed)) shortest = again;
    }
  }
  return shortest;
}

function without(steps: readonly Step[], start: number, end: number): Step[] {
  return steps.filter((_, index) => index < start || index >= end);
}

/** The kind of the last step and what differs first, whatever the figures: so that shrinking does not drift. */
function problemOf({ taken, found }: SequenceResult): string {
  return `${taken.at(-1)?.step.command.kind} ${found[0]?.replaceAll(/\d+/g, "0")}`;
}
