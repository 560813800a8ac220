import { entryAgainstUsual } from "../against-usual.js";
import type { Scenario } from "../report/scenario.js";

const name = "unary TopUp out of one treasury";

/** Every movement wants the same row. */
export const scenario: Scenario = {
  id: "b",
  name,
  run: async (bench) => [
    await entryAgainstUsual(bench, { id: "b", name, traffic: "hot treasury", atLeast: 15, stretch: 20 }),
  ],
};
