import { expect } from "chai";
import type pg from "pg";
import {
  expectSound,
  keyed,
  type Refusal,
  refusalOf,
  startApp,
  type TestApp,
  type TestClients,
} from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";
import { openSession } from "../support/postgres.js";
import { FaultyNetwork } from "../support/proxy.js";
import { balanceOfHolder, until, untilBlocked } from "../support/watch.js";

/** What ends a movement that nothing is wrong with, and what a caller is told of it. */
describe("a movement that something is in the way of", function () {
  this.timeout(60_000);
  let proxy: FaultyNetwork;
  let app: TestApp;
  let service: TestClients;
  let stranger: pg.Client;
  let watcher: pg.Client;

  beforeEach(async () => {
    const set = await startApp();
    await givenAsset(set, "gold");
    for (const id of ["alice", "bob"]) await givenHolder(set, id);
    await givenFunds(set, "alice", "gold", 100_000n);
    await set.close();
    proxy = await FaultyNetwork.open(set.database.url);
    app = await startApp({ database: { ...set.database, url: proxy.url } });
    service = app.as("service");
    stranger = await openSession(set.database.ownerUrl);
    watcher = await openSession(set.database.superuserUrl);
  });
  afterEach(async () => {
    await stranger.end();
    await expectSound(app);
    await app.close();
    await watcher.end();
    await proxy.close();
  });

  const transfer = (key?: string, timeoutMs?: number) =>
    service.wallet.transfer(
      {
        source: ofHolder("alice"),
        destination: ofHolder("bob"),
        amount: { asset: "gold", units: 1n },
      },
      { ...keyed(key), ...(timeoutMs !== undefined && { timeoutMs }) },
    );
  const bobGot = () => balanceOfHolder(watcher, "bob");

  it("is told CONTENTION when others hold its wallet for too long, and goes through under its key afterwards", async () => {
    await stranger.query("begin; select from wallets where holder_id = 'alice' for update");
    const refusal = await refusalOf(transfer("late"));
    expect(refusal).to.include({ code: "Aborted", reason: "CONTENTION", retryable: true });
    expect(refusal.metadata.tries).to.equal("8");
    await stranger.query("rollback");
    await transfer("late");
    expect(await bobGot()).to.equal(1n);
  });

  for (const fault of ["lost", "unanswered"] as const) {
    it(`is told OUTCOME_UNKNOWN when its commit was ${fault} and the database stays away, and is made once`, async () => {
      const broken = proxy.breakNextCommit(fault, { thenRefuse: true });
      const unknown = refusalOf(transfer("doubtful"));
      await broken;
      expect(await unknown).to.include({ code: "Unavailable", reason: "OUTCOME_UNKNOWN", retryable: true });
      proxy.bringUp();
      await transfer("doubtful");
      expect(await bobGot()).to.equal(1n);
    });
  }

  it("is told DEADLINE_TOO_SHORT when its caller leaves it no time, before anything is claimed", async () => {
    const seen: Refusal[] = [];
    await until("one is told in time", async () => {
      seen.push(await refusalOf(transfer("hasty", 19)));
      return seen.at(-1)?.reason === "DEADLINE_TOO_SHORT";
    });
    expect(seen.at(-1)).to.include({ code: "DeadlineExceeded", retryable: false });
    expect(await bobGot()).to.equal(0n);
    await transfer("hasty");
    expect(await bobGot()).to.equal(1n);
  });

  it("is told OVERLOADED while a full batch has waited for a second, and those that were taken are made", async () => {
    await stranger.query("begin; lock table postings in share row exclusive mode");
    const calls = [transfer()];
    await untilBlocked(watcher, 1, "%insert into postings%");
    const refusals: Promise<Refusal>[] = [];
    let refused = 0;
    const call = () => {
      const one = transfer();
      calls.push(one);
      one.catch(() => refused++);
    };
    for (let count = 0; count < 1_000; count++) call();
    await until("one is refused", async () => {
      call();
      await watcher.query("select");
      return refused > 0;
    });
    await stranger.query("rollback");
    const outcomes = await Promise.allSettled(calls);
    for (const one of outcomes)
      if (one.status === "rejected") refusals.push(refusalOf(Promise.reject(one.reason)));
    for (const refusal of await Promise.all(refusals))
      expect(refusal).to.include({ code: "ResourceExhausted", reason: "OVERLOADED", retryable: true });
    expect(await bobGot()).to.equal(BigInt(calls.length - refusals.length));
  });
});
