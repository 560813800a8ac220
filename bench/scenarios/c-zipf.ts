import { entryAgainstUsual } from "../against-usual.js";
import { makeManyWallets, manyWallets } from "../many-wallets.js";
import type { Scenario } from "../report/scenario.js";

const zipf = "unary Transfer, Zipf 1.0 over 100,000 wallets";
const pingPong = "unary Transfer back and forth between two wallets";

/** Contended as real wallets are: a few that everybody wants among many that few want; and at worst, two. */
export const scenario: Scenario = {
  id: "c",
  name: "unary Transfer, contended",
  async run(bench) {
    bench.say("making 100,000 wallets");
    await makeManyWallets(bench.databases);
    const many = { id: "c1", name: zipf, traffic: "zipf", from: manyWallets, atLeast: 8 } as const;
    const entry = await entryAgainstUsual(bench, many);
    await bench.databases.drop(manyWallets);
    const two = { id: "c2", name: pingPong, traffic: "ping-pong", atLeast: 15 } as const;
    return [entry, await entryAgainstUsual(bench, two)];
  },
};
