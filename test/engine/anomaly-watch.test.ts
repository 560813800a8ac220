import { expect } from "chai";
import { defaultAnomalyLimits } from "../../src/engine/anomaly-limits.js";
import { AnomalyScan } from "../../src/engine/anomaly-scan.js";
import { type AnomalyObserver, AnomalyWatch } from "../../src/engine/anomaly-watch.js";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import { Horizon } from "../../src/events/horizon.js";
import { type AnomalyRules, defaultAnomalyRules } from "../../src/ledger/anomaly/thresholds.js";
import type { Anomaly } from "../../src/ledger/anomaly.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { acts } from "../support/acts.js";
import { givenAnomaly, transactionsOf } from "../support/anomalies.js";
import { reasonOf, type TestEngine, topUp, transfer } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { countOf, until, walletOf } from "../support/watch.js";

const freezing: AnomalyRules = {
  ...defaultAnomalyRules,
  drain_after_top_up: { ...defaultAnomalyRules.drain_after_top_up, freeze: true },
};

describe("the look-out for anomalies", () => {
  const names = Array.from({ length: 24 }, (_, index) => `holder-${index}`);
  const suite = useSuite({ holders: [...names, "payee"] });
  const unused = [...names];
  /** A holder that no other test has. */
  const holder = () => unused.pop() ?? expect.fail("there are too few holders");
  const walletId = (holderId: string) => holderWalletId("gold", holderId);

  const watches: AnomalyWatch[] = [];
  afterEach(() => Promise.all(watches.splice(0).map((watch) => watch.stop())));

  const contextOf = (engine: TestEngine) => {
    const horizon = new Horizon(engine.database.reader);
    return { ...engine, limits: defaultEngineLimits, settled: () => horizon.read() };
  };

  /** A look-out and what it tells. It is stopped after the test at the latest. */
  function watchOf(
    engine: TestEngine,
    rules = defaultAnomalyRules,
    more: { freezeAgeSecondsMax?: number } = {},
  ) {
    const told = {
      found: [] as Anomaly[],
      froze: [] as Anomaly[],
      failures: [] as unknown[],
      transactions: 0,
    };
    const observer: AnomalyObserver = {
      scanned: (transactions) => {
        told.transactions += transactions;
      },
      found: (anomaly) => told.found.push(anomaly),
      froze: (anomaly) => told.froze.push(anomaly),
      failed: (error) => told.failures.push(error),
    };
    const limits = { ...defaultAnomalyLimits, intervalMs: 1, pageMax: 3, ...more };
    const watch = new AnomalyWatch(contextOf(engine), rules, limits, observer);
    watches.push(watch);
    return { watch, told };
  }

  const upToDate = () =>
    until("all transactions were looked at", async () => {
      const behind = await countOf(
        suite.watcher,
        "from transactions t, anomaly_cursors c where (t.position, t.id) > (c.position, c.transaction_id)",
      );
      return behind === 0;
    });
  const rulesFound = async (holderId: string) => {
    const { rows } = await suite.watcher.query<{ rule: string; freeze: string; transaction_ids: string[] }>(
      "select rule, freeze_state as freeze, transaction_ids from anomalies where holder_id = $1 order by id",
      [holderId],
    );
    return rows;
  };
  const refuse = async (holderId: string, count: number) => {
    for (let index = 0; index < count; index++)
      expect(await reasonOf(transfer(suite.engine, { from: holderId, to: "payee" }, 1_000_000n))).to.equal(
        "INSUFFICIENT_FUNDS",
      );
  };
  const drain = async (holderId: string) => {
    await topUp(suite.engine, holderId, 1_000n);
    await transfer(suite.engine, { from: holderId, to: "payee" }, 1_000n);
  };

  it("keeps what it found, with the transactions it rests on, and tells of it", async () => {
    const alice = holder();
    await drain(alice);
    const { watch, told } = watchOf(suite.engine);
    watch.start();
    await upToDate();
    await watch.stop();
    expect(await rulesFound(alice)).to.deep.equal([
      {
        rule: "drain_after_top_up",
        freeze: "NONE",
        transaction_ids: await transactionsOf(suite.database, walletId(alice)),
      },
    ]);
    expect(told.found.map(({ rule, holderId }) => [rule, holderId])).to.deep.equal([
      ["drain_after_top_up", alice],
    ]);
    expect(told.froze).to.deep.equal([]);
    expect(told.failures).to.deep.equal([]);
    expect(await countOf(suite.watcher, "from leases where name = 'anomalies'")).to.equal(0);
  });

  it("goes on where it stopped, with what it knew of each wallet, and finds nothing twice", async () => {
    const alice = holder();
    await topUp(suite.engine, alice, 1n);
    await refuse(alice, 7);
    const first = watchOf(suite.engine);
    first.watch.start();
    await upToDate();
    await first.watch.stop();
    expect(await rulesFound(alice)).to.deep.equal([]);
    await refuse(alice, 1);
    const second = watchOf(suite.other);
    second.watch.start();
    await upToDate();
    await second.watch.stop();
    expect(second.told.transactions).to.equal(1);
    const found = await rulesFound(alice);
    expect(found.map(({ rule }) => rule)).to.deep.equal(["many_refusals"]);
    expect(found[0]?.transaction_ids).to.have.lengthOf(8);
  });

  it("knows the transfers of before its start, so that a circle across it is found", async () => {
    const [alice, bob, carol] = [holder(), holder(), holder()];
    await topUp(suite.engine, alice, 2_000n);
    await transfer(suite.engine, { from: alice, to: bob }, 1_000n);
    await transfer(suite.engine, { from: bob, to: carol }, 1_000n);
    const first = watchOf(suite.engine);
    first.watch.start();
    await upToDate();
    await first.watch.stop();
    await transfer(suite.engine, { from: carol, to: alice }, 1_000n);
    const second = watchOf(suite.engine);
    second.watch.start();
    await upToDate();
    expect((await rulesFound(alice)).map(({ rule }) => rule)).to.deep.equal(["circular_flow"]);
  });

  it("works in one process at a time, and in the next as soon as that one stops", async () => {
    const alice = holder();
    const first = watchOf(suite.engine);
    first.watch.start();
    await upToDate();
    await until("the first has the lease", async () => (await countOf(suite.watcher, "from leases")) === 1);
    const second = watchOf(suite.other);
    second.watch.start();
    await drain(alice);
    await upToDate();
    expect(await rulesFound(alice)).to.have.lengthOf(1);
    expect(second.told.transactions).to.equal(0);
    await first.watch.stop();
    const bob = holder();
    await drain(bob);
    await upToDate();
    expect(await rulesFound(bob)).to.have.lengthOf(1);
    expect(first.told.failures.concat(second.told.failures)).to.deep.equal([]);
  });

  it("finds everything once when two processes look at the same page at once", async () => {
    const holders = [holder(), holder(), holder()];
    for (const one of holders) await drain(one);
    const scans = [suite.engine, suite.other].map((engine) => {
      const context = contextOf(engine);
      return {
        context,
        scan: new AnomalyScan(context, defaultAnomalyRules, { ...defaultAnomalyLimits, pageMax: 2 }),
      };
    });
    const collisions: unknown[] = [];
    await until("all transactions were looked at", async () => {
      const settled = await scans[0]?.context.settled();
      const races = scans.map(async ({ scan }) => (settled ? scan.next(settled) : undefined));
      for (const one of await Promise.allSettled(races))
        if (one.status === "rejected") collisions.push(one.reason);
      const [row] = (
        await suite.watcher.query(
          "select count(*)::int as left from transactions t, anomaly_cursors c where (t.position, t.id) > (c.position, c.transaction_id)",
        )
      ).rows;
      return row.left === 0;
    });
    expect(collisions.length).to.be.greaterThan(0);
    expect(`${collisions[0]}`).to.include("another process has looked at these transactions meanwhile");
    for (const one of holders) expect(await rulesFound(one)).to.have.lengthOf(1);
  });

  it("keeps nothing of a page that fails, and looks at it again", async () => {
    const alice = holder();
    const { watch, told } = watchOf(suite.engine);
    watch.start();
    await upToDate();
    await suite.watcher.query("alter table wallet_profiles add constraint none_kept check (false) not valid");
    await drain(alice);
    await until(
      "a page has failed",
      async () => (await rulesFound(alice)).length > 0 || told.failures.length > 1,
    );
    expect(await rulesFound(alice)).to.deep.equal([]);
    await suite.watcher.query("alter table wallet_profiles drop constraint none_kept");
    await upToDate();
    expect(await rulesFound(alice)).to.have.lengthOf(1);
    expect(told.found.filter(({ holderId }) => holderId === alice)).to.have.lengthOf(1);
  });

  it("freezes the wallet where the rule says so, as FreezeWallet does, and once", async () => {
    const alice = holder();
    await drain(alice);
    const first = watchOf(suite.engine, freezing);
    first.watch.start();
    await until("it is frozen", async () => (await walletOf(suite.watcher, alice))?.status === "FROZEN");
    await first.watch.stop();
    expect(first.told.froze.map(({ holderId }) => holderId)).to.deep.equal([alice]);
    expect((await rulesFound(alice)).map(({ freeze }) => freeze)).to.deep.equal(["FROZEN"]);
    const { rows } = await suite.watcher.query(
      "select kind, caller, method, reason from audit_log where resource_id = $1",
      [walletId(alice)],
    );
    expect(rows).to.deep.equal([
      {
        kind: "ADMINISTRATION",
        caller: "wallet|service|anomalies",
        method: "wallet.v1.AdminService/FreezeWallet",
        reason: first.told.found.find(({ holderId }) => holderId === alice)?.summary,
      },
    ]);
    await acts.setWallet(suite.engine, alice, "ACTIVE");
    const second = watchOf(suite.engine, freezing);
    second.watch.start();
    await drain(holder());
    await upToDate();
    await until(
      "the other is frozen",
      async () =>
        (await countOf(suite.watcher, "from anomalies where freeze_state = 'DUE'")) === 0 &&
        second.told.froze.length === 1,
    );
    expect((await walletOf(suite.watcher, alice))?.status).to.equal("ACTIVE");
  });

  it("does the freezes that a process which died has left due", async () => {
    const alice = holder();
    await topUp(suite.engine, alice, 10n);
    const wallet = walletId(alice);
    const transactionIds = await transactionsOf(suite.database, wallet);
    await givenAnomaly(suite.database, {
      walletId: wallet,
      holderId: alice,
      transactionIds,
      freezeState: "DUE",
    });
    const { watch, told } = watchOf(suite.engine);
    watch.start();
    await until("it is frozen", async () => (await rulesFound(alice))[0]?.freeze === "FROZEN");
    expect((await walletOf(suite.watcher, alice))?.status).to.equal("FROZEN");
    await watch.stop();
    expect(told.froze).to.have.lengthOf(1);
  });

  it("leaves a wallet that is closed or frozen already, and says so in the anomaly", async () => {
    const [closed, frozen] = [holder(), holder()];
    for (const one of [closed, frozen]) {
      await topUp(suite.engine, one, 10n);
      await transfer(suite.engine, { from: one, to: "payee" }, 10n);
      const wallet = walletId(one);
      const transactionIds = await transactionsOf(suite.database, wallet);
      await givenAnomaly(suite.database, {
        walletId: wallet,
        holderId: one,
        transactionIds,
        freezeState: "DUE",
      });
    }
    await acts.closeWallet(suite.engine, closed);
    await acts.setWallet(suite.engine, frozen, "FROZEN");
    const { watch, told } = watchOf(suite.engine);
    watch.start();
    const freezes = async () => [
      (await rulesFound(closed))[0]?.freeze,
      (await rulesFound(frozen))[0]?.freeze,
    ];
    await until("both are left", async () => (await freezes()).every((freeze) => freeze === "LEFT"));
    expect((await walletOf(suite.watcher, closed))?.status).to.equal("CLOSED");
    await watch.stop();
    expect(told.froze).to.deep.equal([]);
    expect(told.failures).to.deep.equal([]);
  });

  it("does not freeze for what is too old to be stopped", async () => {
    const alice = holder();
    await drain(alice);
    const { watch } = watchOf(suite.engine, freezing, { freezeAgeSecondsMax: 0 });
    watch.start();
    await upToDate();
    expect((await rulesFound(alice)).map(({ freeze }) => freeze)).to.deep.equal(["NONE"]);
    expect((await walletOf(suite.watcher, alice))?.status).to.equal("ACTIVE");
  });
});
