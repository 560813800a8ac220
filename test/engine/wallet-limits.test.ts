import { expect } from "chai";
import { balanceMin } from "../../src/ledger/amount.js";
import { addressOfSystem, type SimpleType } from "../../src/ledger/movement.js";
import { holderWalletId, type SystemRole } from "../../src/ledger/wallet.js";
import { dailySpanMicros } from "../../src/ledger/wallet-limits.js";
import { acts } from "../support/acts.js";
import { type FrozenClock, freezeClock } from "../support/clock.js";
import {
  commandOf,
  errorOf,
  freshKey,
  givenHolders,
  movementOf,
  openEngine,
  reasonOf,
  type TestEngine,
  topUp,
  transfer,
} from "../support/engine.js";
import { expectOracles } from "../support/oracles.js";
import { type TestDatabase, testDatabase } from "../support/postgres.js";
import { useSuite } from "../support/suite.js";
import { balanceOfHolder, countOf } from "../support/watch.js";

const out = (engine: TestEngine, type: SimpleType, to: SystemRole, from: string, amount: bigint) =>
  engine.poster.submit(
    commandOf(freshKey(), movementOf(type, { from }, amount, { destination: addressOfSystem("gold", to) })),
  );
const spend = (engine: TestEngine, from: string, amount: bigint) =>
  out(engine, "SPEND", "REVENUE", from, amount);

describe("the limits of a wallet", () => {
  const suite = useSuite({ holders: ["alice", "bob", "carol", "dave", "erin"] });

  it("are never passed by a hundred spends at once, in one batch and from two processes", async () => {
    await topUp(suite.engine, "alice", 1_000n);
    await acts.setLimits(suite.engine, "alice", { dailyLimit: 250n });
    const engines = [suite.engine, suite.other];
    const calls = Array.from({ length: 100 }, (_, index) =>
      spend(engines[index % 2] ?? suite.engine, "alice", 10n),
    );
    const outcomes = await Promise.allSettled(calls);
    const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(new Set(refusals.map(({ reason }) => reason))).to.deep.equal(new Set(["LIMIT_EXCEEDED"]));
    expect(refusals).to.have.length(75);
    expect(await balanceOfHolder(suite.watcher, "alice")).to.equal(750n);
  });

  it("hold for a wallet that the very same batch opens", async () => {
    await acts.limitAsset(suite.engine, "gold", { dailyLimit: 30n });
    const calls = [
      topUp(suite.engine, "bob", 100n),
      spend(suite.engine, "bob", 20n),
      spend(suite.engine, "bob", 11n),
      spend(suite.engine, "bob", 10n),
    ];
    const outcomes = await Promise.allSettled(calls);
    await acts.limitAsset(suite.engine, "gold", {});
    expect(outcomes.map(({ status }) => status)).to.deep.equal([
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
  });

  it("tell each change to those who follow the wallet, under a version of its own", async () => {
    await topUp(suite.engine, "carol", 10n);
    const { result } = await acts.setLimits(suite.engine, "carol", { minBalance: -5n, maxBalance: 70n });
    expect(result).to.include({ version: 2n, minBalance: -5n, maxBalance: 70n, dailyLimit: null });
    const { rows } = await suite.watcher.query(
      "select type, payload from outbox where aggregateid = $1 and seq = 2",
      [holderWalletId("gold", "carol")],
    );
    expect(rows).to.deep.equal([
      { type: "limits", payload: { asset: "gold", min_balance: "-5", max_balance: "70" } },
    ]);
    const again = await acts.setLimits(suite.engine, "carol", { minBalance: -5n, maxBalance: 70n });
    expect(again.result.version, "the same limits are no change").to.equal(2n);
  });

  it("may put the ceiling below the balance, which stays and takes nothing more", async () => {
    await topUp(suite.engine, "dave", 100n);
    await acts.setLimits(suite.engine, "dave", { maxBalance: 40n });
    expect(await balanceOfHolder(suite.watcher, "dave")).to.equal(100n);
    expect((await errorOf(topUp(suite.engine, "dave", 1n))).metadata).to.include({
      limit: "max_balance",
      limit_units: "40",
      headroom_units: "0",
    });
    await spend(suite.engine, "dave", 61n);
    await topUp(suite.engine, "dave", 1n);
    expect(await reasonOf(topUp(suite.engine, "dave", 1n))).to.equal("LIMIT_EXCEEDED");
  });

  it("may not put the floor above what is free, but may leave one that a waiver undercuts as it is", async () => {
    await topUp(suite.engine, "erin", 100n);
    const refused = await errorOf(acts.setLimits(suite.engine, "erin", { minBalance: 101n }));
    expect(refused).to.deep.include({ reason: "INSUFFICIENT_FUNDS" });
    expect(refused.metadata).to.include({
      available_units: "100",
      requested_units: "101",
      shortfall_units: "1",
    });
    await acts.setLimits(suite.engine, "erin", { minBalance: 100n });
    expect(await reasonOf(spend(suite.engine, "erin", 1n))).to.equal("INSUFFICIENT_FUNDS");
    const owner = await suite.stranger();
    await owner.query("update wallets set min_balance = 150, floor_waiver = 50 where holder_id = 'erin'");
    const kept = await acts.setLimits(suite.engine, "erin", { minBalance: 150n, dailyLimit: 5n });
    expect(kept.result).to.include({ minBalance: 150n, floorWaiver: 50n, dailyLimit: 5n });
    const lowered = await acts.setLimits(suite.engine, "erin", { minBalance: 0n });
    expect(lowered.result).to.include({ minBalance: 0n, floorWaiver: 0n, dailyLimit: null });
  });

  it("give credit down to the lowest 64-bit balance there is", async () => {
    await acts.setLimits(suite.engine, "erin", { minBalance: balanceMin });
    await spend(suite.engine, "erin", 1_000n);
    expect(await balanceOfHolder(suite.watcher, "erin")).to.equal(-900n);
    await topUp(suite.engine, "erin", 1_000n);
    await acts.setLimits(suite.engine, "erin", {});
  });

  it("do nothing twice under one key", async () => {
    const key = freshKey();
    const first = await acts.setLimits(suite.engine, "alice", { dailyLimit: 9n }, key);
    await acts.setLimits(suite.engine, "alice", {});
    const again = await acts.setLimits(suite.other, "alice", { dailyLimit: 9n }, key);
    expect(again).to.deep.equal({ ...first, replayed: true });
    const stays = "from wallets where holder_id = 'alice' and daily_limit is null";
    expect(await countOf(suite.watcher, stays)).to.equal(1);
  });
});

describe("the day of a daily limit", () => {
  const start = 1_800_000_000_000_000n;
  let database: TestDatabase;
  let clock: FrozenClock;
  let engine: TestEngine;

  before(async () => {
    database = await testDatabase();
    clock = await freezeClock(database, start);
    engine = await openEngine(database.url);
    await givenHolders(engine, ["alice", "bob"]);
    await topUp(engine, "alice", 10_000n);
    await topUp(engine, "bob", 10_000n);
    await acts.setLimits(engine, "alice", { dailyLimit: 100n });
  });
  afterEach(() => expectOracles(database.url));
  after(() => engine.close());

  it("is the 24 hours before, to the microsecond, and forgets what is older", async () => {
    for (let hour = 0n; hour < 10n; hour++) {
      await clock.set(start + hour * 3_600_000_000n);
      await spend(engine, "alice", 10n);
      await transfer(engine, { from: "bob", to: "alice" }, 1n);
    }
    await clock.set(start + dailySpanMicros - 1n);
    const refused = await errorOf(spend(engine, "alice", 1n));
    expect(refused.metadata).to.include({ limit: "daily", limit_units: "100", headroom_units: "0" });
    await clock.set(start + dailySpanMicros);
    expect((await errorOf(spend(engine, "alice", 11n))).metadata).to.include({ headroom_units: "10" });
    await clock.set(start + dailySpanMicros + 5n * 3_600_000_000n);
    expect((await errorOf(spend(engine, "alice", 61n))).metadata).to.include({ headroom_units: "60" });
    await spend(engine, "alice", 60n);
    expect((await errorOf(spend(engine, "alice", 1n))).metadata).to.include({ headroom_units: "0" });
  });

  it("begins anew for a wallet that rested for longer", async () => {
    await clock.set(start + 4n * dailySpanMicros);
    await transfer(engine, { from: "alice", to: "bob" }, 100n);
    expect(await reasonOf(transfer(engine, { from: "alice", to: "bob" }, 1n))).to.equal("LIMIT_EXCEEDED");
  });

  it("leaves out what an operator corrects and what comes in", async () => {
    await clock.set(start + 8n * dailySpanMicros);
    await out(engine, "ADJUSTMENT", "ADJUSTMENTS", "alice", 500n);
    await topUp(engine, "alice", 500n);
    await out(engine, "WITHDRAWAL", "TREASURY", "alice", 30n);
    expect((await errorOf(spend(engine, "alice", 71n))).metadata).to.include({ headroom_units: "70" });
  });
});
