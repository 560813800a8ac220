import type { Effort } from "./report/scenario.js";

/** What figures that are published take. */
export const thorough: Effort = {
  quick: false,
  rounds: 5,
  // Long enough for both to run compiled code: a service that has just started is not what is compared.
  settleMs: 8_000,
  warmUpMs: 300,
  measuredMs: 2_000,
  poolSizes: [4, 8, 16],
};

/** Shows that everything works, and roughly how fast. */
export const quick: Effort = {
  quick: true,
  rounds: 1,
  settleMs: 300,
  warmUpMs: 100,
  measuredMs: 400,
  poolSizes: [8],
};
