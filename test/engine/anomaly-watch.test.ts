import { expect } from "chai";
import { defaultAnomalyLimits } from "../../src/engine/anomaly-limits.js";
import { AnomalyScan } from "../../src/engine/anomaly-scan.js";
import { defaultAnomalyRules } from "../../src/ledger/anomaly/thresholds.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { transactionsOf } from "../support/anomalies.js";
import { reasonOf, topUp, transfer } from "../support/engine.js";
import { leftToSee, useLookOuts } from "../support/look-outs.js";
import { countOf, until } from "../support/watch.js";

describe("the look-out for anomalies", () => {
  const { suite, holder, watchOf, contextOf, upToDate, foundOf, drain } = useLookOuts();

  const refuse = async (holderId: string, count: number) => {
    for (let index = 0; index < count; index++)
      expect(await reasonOf(transfer(suite.engine, { from: holderId, to: "payee" }, 1_000_000n))).to.equal(
        "INSUFFICIENT_FUNDS",
      );
  };

  it("keeps what it found, with the transactions it rests on, and tells of it", async () => {
    const alice = holder();
    await drain(alice);
    const { watch, told } = watchOf(suite.engine);
    watch.start();
    await upToDate();
    await watch.stop();
    expect(await foundOf(alice)).to.deep.equal([
      {
        rule: "drain_after_top_up",
        freeze: "NONE",
        transaction_ids: await transactionsOf(suite.database, holderWalletId("gold", alice)),
      },
    ]);
    expect(told.found.map(({ rule, holderId }) => [rule, holderId])).to.deep.equal([
      ["drain_after_top_up", alice],
    ]);
    const events = await suite.watcher.query(
      "select id, aggregateid, seq, type, payload, create_time from outbox where aggregatetype = 'anomaly'",
    );
    const [anomaly] = told.found;
    expect(events.rows).to.deep.equal([
      {
        id: anomaly?.id,
        aggregateid: anomaly?.id,
        seq: "1",
        type: "found",
        payload: {
          rule: "drain_after_top_up",
          severity: "CRITICAL",
          wallet_id: holderWalletId("gold", alice),
          holder_id: alice,
          transaction_ids: anomaly?.transactionIds,
          summary: anomaly?.summary,
          evidence: anomaly?.evidence,
        },
        create_time: new Date(Number(anomaly?.createTime ?? 0n) / 1_000),
      },
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
    expect(await foundOf(alice)).to.deep.equal([]);
    await refuse(alice, 1);
    const second = watchOf(suite.other);
    second.watch.start();
    await upToDate();
    await second.watch.stop();
    expect(second.told.transactions).to.equal(1);
    const found = await foundOf(alice);
    expect(found.map(({ rule }) => rule)).to.deep.equal(["many_refusals"]);
    expect(found[0]?.transaction_ids).to.have.lengthOf(8);
  });

  it("keeps pages in which nothing was found together, at the latest when it stops", async () => {
    const first = watchOf(suite.engine);
    first.watch.start();
    await upToDate();
    await first.watch.stop();
    const { watch, told } = watchOf(suite.engine, defaultAnomalyRules, { keepMs: 3_600_000 });
    watch.start();
    for (let count = 0; count < 4; count++) await topUp(suite.engine, holder(), 1n);
    await until("they were looked at", async () => (await leftToSee(suite)) === 4 && told.transactions === 4);
    await watch.stop();
    expect(await leftToSee(suite)).to.equal(0);
    expect(told.failures).to.deep.equal([]);
  });

  it("finds what began in pages that a process was killed before keeping", async () => {
    const alice = holder();
    await topUp(suite.engine, alice, 1n);
    await refuse(alice, 7);
    const limits = { ...defaultAnomalyLimits, keepMs: 3_600_000 };
    const [killed, other] = [suite.engine, suite.other].map((engine) => {
      const context = contextOf(engine);
      const scan = new AnomalyScan(context, defaultAnomalyRules, limits);
      return {
        scan,
        next: async () => scan.next((await context.settled()) ?? expect.fail("nothing is settled")),
      };
    });
    await until("all were looked at", async () => (await killed?.next())?.more === false);
    expect(await leftToSee(suite)).to.be.at.least(8);
    await refuse(alice, 1);
    await until("it was found", async () => (await other?.next())?.found.length === 1);
    expect((await foundOf(alice)).map(({ rule }) => rule)).to.deep.equal(["many_refusals"]);
    // It comes to the same finding, which is there already.
    expect((await killed?.next())?.found).to.deep.equal([]);
    expect(await foundOf(alice)).to.have.lengthOf(1);
    await other?.scan.keep();
    await refuse(alice, 1);
    const late = await killed?.scan.keep().catch((error: unknown) => `${error}`);
    expect(late).to.include("another process has looked at these transactions meanwhile");
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
    expect((await foundOf(alice)).map(({ rule }) => rule)).to.deep.equal(["circular_flow"]);
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
    expect(await foundOf(alice)).to.have.lengthOf(1);
    expect(second.told.transactions).to.equal(0);
    await first.watch.stop();
    const bob = holder();
    await drain(bob);
    await upToDate();
    expect(await foundOf(bob)).to.have.lengthOf(1);
    expect(first.told.failures.concat(second.told.failures)).to.deep.equal([]);
  });

  it("finds everything once when two processes look at the same page at once", async () => {
    const holders = [holder(), holder(), holder()];
    for (const one of holders) await drain(one);
    const scans = [suite.engine, suite.other].map((engine) => {
      const context = contextOf(engine);
      return {
        context,
        scan: new AnomalyScan(context, defaultAnomalyRules, {
          ...defaultAnomalyLimits,
          pageMax: 2,
          keepMs: 0,
        }),
      };
    });
    const collisions: unknown[] = [];
    await until("all transactions were looked at", async () => {
      const settled = await scans[0]?.context.settled();
      const races = scans.map(async ({ scan }) => (settled ? scan.next(settled) : undefined));
      for (const one of await Promise.allSettled(races))
        if (one.status === "rejected") collisions.push(one.reason);
      return (await leftToSee(suite)) === 0;
    });
    expect(collisions.length).to.be.greaterThan(0);
    expect(`${collisions[0]}`).to.include("another process has looked at these transactions meanwhile");
    for (const one of holders) expect(await foundOf(one)).to.have.lengthOf(1);
  });

  it("keeps nothing of a page that fails, and looks at it again", async () => {
    const alice = holder();
    const { watch, told } = watchOf(suite.engine);
    watch.start();
    await upToDate();
    await suite.watcher.query("alter table anomalies add constraint none_kept check (false) not valid");
    await drain(alice);
    await until(
      "a page has failed",
      async () => (await foundOf(alice)).length > 0 || told.failures.length > 1,
    );
    expect(await foundOf(alice)).to.deep.equal([]);
    await suite.watcher.query("alter table anomalies drop constraint none_kept");
    await upToDate();
    expect(await foundOf(alice)).to.have.lengthOf(1);
    expect(told.found.filter(({ holderId }) => holderId === alice)).to.have.lengthOf(1);
  });

  const late = async () => (await leftToSee(suite)) > 0;
  const onTime = 0.5;

  it("is late for as long as a transaction that is held open hides the rest", async () => {
    const { watch, told } = watchOf(suite.engine);
    watch.start();
    await upToDate();
    const stranger = await suite.stranger();
    await stranger.query("begin");
    await stranger.query("select pg_current_xact_id()");
    await topUp(suite.engine, holder(), 1n);
    await until("the lag has grown", async () => (await late()) && watch.lagSeconds > 2 * onTime);
    await stranger.query("commit");
    await until("it has caught up", async () => !(await late()) && watch.lagSeconds < onTime);
    expect(told.failures).to.deep.equal([]);
  });

  it("is late for as long as its rounds fail, from the oldest transaction that nobody has looked at", async () => {
    const first = watchOf(suite.engine);
    first.watch.start();
    await upToDate();
    await suite.watcher.query("alter table wallet_profiles add constraint none_kept check (false) not valid");
    await topUp(suite.engine, holder(), 1n);
    await until("the lag has grown", async () => (await late()) && first.watch.lagSeconds > 2 * onTime);
    expect(first.told.failures).not.to.deep.equal([]);
    await first.watch.stop();
    const second = watchOf(suite.other);
    second.watch.start();
    await until("the next process fails, too", async () => (await late()) && second.told.failures.length > 0);
    expect(second.watch.lagSeconds).to.be.greaterThan(2 * onTime);
    await suite.watcher.query("alter table wallet_profiles drop constraint none_kept");
    await until("it has caught up", async () => !(await late()) && second.watch.lagSeconds < onTime);
  });

  it("is not late where another process looks out, and is when nobody can say who does", async () => {
    const first = watchOf(suite.engine);
    first.watch.start();
    await upToDate();
    await until("the first has the lease", async () => (await countOf(suite.watcher, "from leases")) === 1);
    const second = watchOf(suite.other);
    await until(
      "the second would be late",
      async () => !(await late()) && second.watch.lagSeconds > 2 * onTime,
    );
    second.watch.start();
    await until("it knows better", async () => !(await late()) && second.watch.lagSeconds < onTime);
    await suite.watcher.query("alter table leases rename to leases_away");
    await until("it is late", async () => !(await late()) && second.watch.lagSeconds > 2 * onTime);
    await suite.watcher.query("alter table leases_away rename to leases");
    expect(second.told.failures).not.to.deep.equal([]);
    expect(second.told.transactions).to.equal(0);
  });
});
