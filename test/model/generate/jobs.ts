import type { Choices } from "./choices.js";

/** The name of a job: mostly one in one of the states. */
export function someJob(of: Choices, states: readonly string[]): string {
  const all = [...of.ledger.jobs.values()];
  const right = all.filter(({ state }) => states.includes(state));
  return of.oneOf(
    right.map(({ id }) => id),
    all.map(({ id }) => id),
  );
}

/** The name of a job: mostly one that has not ended. */
export const openJob = (of: Choices): string => someJob(of, ["PENDING", "RUNNING"]);
