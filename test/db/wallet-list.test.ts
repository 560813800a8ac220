import { expect } from "chai";
import { plansOf } from "../../bench/reads/plans.js";
import type { Pool } from "../../src/db/pool.js";
import { listWallets, type WalletQuery } from "../../src/db/wallets.js";
import { emptyChainHead } from "../../src/ledger/wallet.js";
import { useSuite } from "../support/suite.js";

const query: WalletQuery = {
  holderId: null,
  asset: "gold",
  status: null,
  systemRole: "TREASURY",
  after: null,
  limit: 51,
};

describe("a list of wallets", () => {
  const suite = useSuite({ holders: [] });

  it("of a system role looks at no holder's wallet, however many there are", async () => {
    // Its transaction ends with it, and nothing is left.
    const client = await suite.stranger();
    await client.query("begin");
    await client.query(
      `insert into holders (id, display_name, create_time, update_time)
       select 'h' || n, '', now(), now() from generate_series(1, 5000) as n`,
    );
    await client.query(
      `insert into wallets (id, asset, holder_id, version, chain_head, create_time, update_time)
       select gen_random_uuid(), 'gold', 'h' || n, 1, $1::bytea, now(), now() from generate_series(1, 5000) as n`,
      [emptyChainHead],
    );
    await client.query("analyze wallets");
    const reader = {
      query: async (sql: string, parameters: unknown[]) => (await client.query(sql, parameters)).rows,
    };
    const plans = await plansOf(reader as unknown as Pool, (explaining) => listWallets(explaining, query));
    const lines = plans.flatMap((plan) => plan.split("\n"));
    expect(lines.join("\n")).to.include("system_role").and.not.include("Seq Scan on wallets");
    expect(lines.filter((line) => line.includes("Rows Removed by Filter"))).to.deep.equal([]);
  });
});
