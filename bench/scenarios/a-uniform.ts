import { entryAgainstUsual } from "../against-usual.js";
import type { Scenario } from "../report/scenario.js";

const name = "unary Transfer, uniform over 1,000 wallets";

/** Nothing is contended: what counts is what one movement costs. */
export const scenario: Scenario = {
  id: "a",
  name,
  run: async (bench) => [await entryAgainstUsual(bench, { id: "a", name, traffic: "uniform", atLeast: 8 })],
};
