import { expect } from "chai";
import { givenHolders, openEngine, type TestEngine, topUp, transfer } from "../support/engine.js";
import { expectOracles } from "../support/oracles.js";
import { type TestDatabase, testDatabase } from "../support/postgres.js";

describe("the poster", () => {
  let database: TestDatabase;
  let engine: TestEngine;

  before(async () => {
    database = await testDatabase();
    engine = await openEngine(database.url);
    await givenHolders(engine, ["alice", "bob"]);
  });
  after(() => engine.close());
  afterEach(() => expectOracles(database.url));

  it("opens a wallet with its first credit", async () => {
    const { transaction, balances, replayed } = await topUp(engine, "alice", 100n);
    expect(transaction?.state).to.equal("POSTED");
    expect(balances.map(({ posted, version }) => ({ posted, version }))).to.deep.equal([
      { posted: -100n, version: 2n },
      { posted: 100n, version: 1n },
    ]);
    expect(replayed).to.equal(false);
  });

  it("moves value between two wallets", async () => {
    const { balances } = await transfer(engine, { from: "alice", to: "bob" }, 30n);
    expect(balances.map(({ posted, available }) => [posted, available])).to.deep.equal([
      [70n, 70n],
      [30n, 30n],
    ]);
  });
});
