import { expect } from "chai";
import type { WalletEvent } from "../../src/events/wallet-events.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { acts } from "../support/acts.js";
import { topUp, transfer } from "../support/engine.js";
import { openFeed, type TestFeed, watchGold } from "../support/feed.js";
import { onServer } from "../support/postgres.js";
import { useSuite } from "../support/suite.js";
import { walletOf } from "../support/watch.js";

describe("the feed of a wallet", () => {
  const suite = useSuite({ holders: ["alice", "bob", "carol", "dave"] });
  let feed: TestFeed;
  let otherFeed: TestFeed;

  before(async () => {
    feed = openFeed(suite.engine, { heartbeatMs: 50 });
    otherFeed = openFeed(suite.other, { heartbeatMs: 50 });
    for (const holder of ["alice", "bob", "carol", "dave"]) await topUp(suite.engine, holder, 1_000n);
  });
  after(() => Promise.all([feed.feed.stop(), otherFeed.feed.stop()]));

  const versionOf = async (holder: string) => (await walletOf(suite.watcher, holder))?.version ?? 0n;

  it("tells every change once, in the order of versions, while two processes move value in it", async () => {
    const from = await versionOf("alice");
    const watches = [watchGold(feed, "alice", from), watchGold(otherFeed, "alice", from)];
    const calls = Array.from({ length: 300 }, (_, index) => [
      transfer(suite.engine, { from: "alice", to: "bob" }, 1n),
      transfer(suite.other, { from: index % 2 === 0 ? "bob" : "carol", to: "alice" }, 1n),
    ]);
    await Promise.all(calls.flat());
    const to = await versionOf("alice");
    for (const watch of watches) {
      await watch.untilEvents(Number(to - from));
      await watch.stop();
      expect(watch.events.map(({ place }) => place.position)).to.deep.equal(range(from + 1n, to));
      await expectPostings("alice", watch.events);
    }
  });

  it("tells of a status with the balance and the status after it", async () => {
    const from = await versionOf("bob");
    const watch = watchGold(feed, "bob", from);
    await acts.setWallet(suite.engine, "bob", "FROZEN");
    await acts.setWallet(suite.engine, "bob", "ACTIVE");
    const events = await watch.untilEvents(2);
    await watch.stop();
    const balance = (await walletOf(suite.watcher, "bob"))?.balance;
    expect(events.map((event) => event.kind === "change" && [event.status, event.posted])).to.deep.equal([
      ["FROZEN", null],
      ["ACTIVE", null],
    ]);
    for (const event of events) {
      if (event.kind !== "change") expect.fail("it is no change");
      expect(event.balance).to.include({ posted: balance, held: 0n, available: balance });
    }
  });

  it("begins with the opening of a wallet for one who asks from version 0", async () => {
    await acts.createHolder(suite.engine, "erin", null);
    await acts.createWallet(suite.engine, "erin");
    await topUp(suite.engine, "erin", 7n);
    const watch = watchGold(feed, "erin", 0n);
    const events = await watch.untilEvents(2);
    await watch.stop();
    expect(
      events.map((event) => event.kind === "change" && [event.balance.posted, event.balance.version]),
    ).to.deep.equal([
      [0n, 1n],
      [7n, 2n],
    ]);
  });

  it("asks no more often than the gap allows for one who stands behind the others while nothing is left to read", async () => {
    const gapMs = 200;
    const calm = openFeed(suite.engine, { gapMs, pollMs: gapMs, heartbeatMs: 50 });
    const from = await versionOf("dave");
    const ahead = watchGold(calm, "dave", from + 1n);
    await ahead.until((steps) => steps.length > 0);
    const startMs = performance.now();
    const before = calm.statements.length;
    const behind = watchGold(calm, "dave", from);
    await behind.until((steps) => steps.length >= 3);
    const asked = calm.statements.slice(before).filter((sql) => sql.includes("w.version > known.version"));
    // The loop asks in each gap, too.
    expect(asked.length).to.be.at.most(2 + (2 * (performance.now() - startMs)) / gapMs);
    await topUp(suite.engine, "dave", 1n);
    const [event] = await behind.untilEvents(1);
    expect(event?.place.position).to.equal(from + 1n);
    await Promise.all([ahead.stop(), behind.stop()]);
    await calm.feed.stop();
  });

  it("goes on where a watcher left, in another process, over more pages than one", async () => {
    const small = openFeed(suite.other, { pageMax: 7 });
    const from = await versionOf("carol");
    const first = watchGold(feed, "carol", from);
    await Promise.all(Array.from({ length: 40 }, () => topUp(suite.engine, "carol", 1n)));
    await first.untilEvents(15);
    await first.stop();
    const second = watchGold(small, "carol", first.place.position);
    await Promise.all(Array.from({ length: 40 }, () => topUp(suite.engine, "carol", 1n)));
    const to = await versionOf("carol");
    await second.untilEvents(Number(to - first.place.position));
    await second.stop();
    await small.feed.stop();
    const seen = [...first.events, ...second.events].map(({ place }) => place.position);
    expect(seen).to.deep.equal(range(from + 1n, to));
  });

  it("gives a sign of life with its place when nothing happens", async () => {
    const from = await versionOf("dave");
    const watch = watchGold(feed, "dave", from);
    await watch.until((steps) => steps.length >= 2);
    await watch.stop();
    expect(watch.steps.map(({ event, place }) => [event, place.position]).slice(0, 2)).to.deep.equal([
      [null, from],
      [null, from],
    ]);
  });

  it("throws a watcher out with the reason that its signal gives", async () => {
    const watch = watchGold(feed, "dave", await versionOf("dave"));
    await watch.until((steps) => steps.length >= 1);
    const reason = new Error("enough");
    expect(await watch.stop(reason)).to.equal(reason);
  });

  async function expectPostings(holder: string, events: readonly WalletEvent[]): Promise<void> {
    const rows = await onServer<{ row: string }>(
      suite.database.superuserUrl,
      `select concat_ws(' ', version, transaction_id, amount, balance_after, held_after, available_after) as row
       from postings where wallet_id = $1 and version > $2 order by version`,
      [holderWalletId("gold", holder), `${(events[0]?.place.position ?? 0n) - 1n}`],
    );
    const told = events.map((event) => {
      if (event.kind !== "change" || event.posted === null) return "no posting";
      const { balance, posted } = event;
      const { transaction } = posted.record;
      return [
        balance.version,
        transaction.id,
        posted.posting.amount,
        balance.posted,
        balance.held,
        balance.available,
      ].join(" ");
    });
    expect(told).to.deep.equal(rows.map(({ row }) => row));
  }
});

describe("the feed of a wallet whose events are gone from the outbox", () => {
  const suite = useSuite({ holders: ["alice"] });

  it("sends the wallet as it is instead, and goes on from there", async () => {
    const test = openFeed(suite.engine);
    for (let count = 0; count < 5; count++) await topUp(suite.engine, "alice", 1n);
    const stranger = await suite.stranger();
    const walletId = holderWalletId("gold", "alice");
    await stranger.query("create temporary table kept as select * from outbox where aggregateid = $1", [
      walletId,
    ]);
    await stranger.query("delete from outbox where aggregateid = $1 and seq <= 3", [walletId]);
    const behind = watchGold(test, "alice", 1n);
    const upToDate = watchGold(test, "alice", 3n);
    const [snapshot] = await behind.untilEvents(1);
    await upToDate.untilEvents(2);
    await topUp(suite.engine, "alice", 1n);
    const [, change] = await behind.untilEvents(2);
    await Promise.all([behind.stop(), upToDate.stop()]);
    await test.feed.stop();
    await stranger.query("insert into outbox select * from kept where seq <= 3");
    if (snapshot?.kind !== "snapshot") expect.fail("it is no snapshot");
    expect(snapshot.wallet).to.include({ id: walletId, balance: 5n, version: 5n });
    expect([change?.kind, change?.place.position]).to.deep.equal(["change", 6n]);
    expect(upToDate.events.map(({ kind }) => kind))
      .to.include("change")
      .and.not.include("snapshot");
  });
});

function range(from: bigint, to: bigint): bigint[] {
  return Array.from({ length: Number(to - from) + 1 }, (_, index) => from + BigInt(index));
}
