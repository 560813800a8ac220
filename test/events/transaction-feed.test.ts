import { expect } from "chai";
import { listPlacedTransactions } from "../../src/db/feed.js";
import { isAfter, type Place, placeBefore } from "../../src/events/place.js";
import type { TransactionEvent } from "../../src/events/transaction-feed.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { reasonOf, topUp, transfer } from "../support/engine.js";
import { openFeed, placeNow, type TestFeed, watchAll } from "../support/feed.js";
import { useSuite } from "../support/suite.js";
import { countOf } from "../support/watch.js";

describe("the feed of all transactions", () => {
  const suite = useSuite({ holders: ["alice", "bob", "carol", "dave"] });
  let feed: TestFeed;
  let otherFeed: TestFeed;

  before(async () => {
    feed = openFeed(suite.engine, { heartbeatMs: 50 });
    otherFeed = openFeed(suite.other, { heartbeatMs: 50 });
    for (const holder of ["alice", "bob", "carol", "dave"]) await topUp(suite.engine, holder, 1_000n);
  });
  after(() => Promise.all([feed.feed.stop(), otherFeed.feed.stop()]));

  const idsOf = (events: readonly TransactionEvent[]) => events.map(({ record }) => record.transaction.id);
  const beginning = placeBefore(0n);

  it("is the same for watchers of two processes, and for one who reads it later from the first place", async () => {
    const from = await placeNow(feed);
    const watches = [watchAll(feed, from), watchAll(otherFeed, from)];
    const moving = Array.from({ length: 200 }, (_, index) => {
      const [engine, to] = index % 2 === 0 ? [suite.engine, "bob"] : [suite.other, "carol"];
      return [transfer(engine, { from: "alice", to }, 1n), topUp(engine, "dave", 1n)];
    });
    await Promise.all(moving.flat());
    for (const watch of watches) await watch.untilEvents(400);
    await Promise.all(watches.map((watch) => watch.stop()));
    const later = watchAll(openFeed(suite.other, { pageMax: 30 }), from);
    await later.untilEvents(400);
    await later.stop();
    const [one, two] = watches.map((watch) => idsOf(watch.events));
    expect(one).to.have.lengthOf(400);
    expect(new Set(one).size).to.equal(400);
    expect(two).to.deep.equal(one);
    expect(idsOf(later.events)).to.deep.equal(one);
  });

  it("agrees with the versions of every wallet", async () => {
    const from = beginning;
    const watch = watchAll(feed, from);
    const total = await countOf(suite.watcher, "from transactions");
    await watch.untilEvents(total);
    await watch.stop();
    const last = new Map<string, bigint>();
    for (const { walletId, version } of watch.events.flatMap(({ record }) => record.postings)) {
      expect(version > (last.get(walletId) ?? 0n), `${walletId} ${version}`).to.equal(true);
      last.set(walletId, version);
    }
    expect(last.get(holderWalletId("gold", "alice"))).not.to.equal(undefined);
  });

  it("has refused attempts in it", async () => {
    const from = await placeNow(feed);
    const watch = watchAll(feed, from);
    expect(await reasonOf(transfer(suite.engine, { from: "bob", to: "carol" }, 1_000_000n))).to.equal(
      "INSUFFICIENT_FUNDS",
    );
    const [event] = await watch.untilEvents(1);
    await watch.stop();
    expect(event?.record.transaction).to.include({ state: "REFUSED", refusedReason: "INSUFFICIENT_FUNDS" });
    expect(event?.record.postings).to.deep.equal([]);
  });

  it("waits for a transaction that is held open, and leaves out nothing of it", async () => {
    const stranger = await suite.stranger();
    const from = await placeNow(feed);
    const watch = watchAll(feed, from);
    await watch.until((steps) => steps.length >= 1);
    // A batch as it is between its claims and its commit: it has an id, then reads the clock, and takes its time.
    await stranger.query("begin");
    await stranger.query("select pg_current_xact_id()");
    const position = await positionNow(stranger);
    await topUp(suite.engine, "alice", 1n);
    await topUp(suite.other, "bob", 1n);
    const signsOfLife = watch.steps.length + 3;
    await watch.until((steps) => steps.length >= signsOfLife);
    expect(watch.events).to.deep.equal([]);
    await insertRefused(stranger, position);
    await stranger.query("commit");
    const events = await watch.untilEvents(3);
    await watch.stop();
    expect(events[0]?.place.position).to.equal(position);
    expect(ascending(events.map(({ place }) => place))).to.equal(true);
    await suite.watcher.query("delete from transactions where request_id = 'held open'");
  });

  it("waits for a transaction that is newer than all that have ended when the feed begins", async () => {
    const stranger = await suite.stranger();
    const from = await placeNow(feed);
    await stranger.query("begin");
    await stranger.query("select pg_current_xact_id()");
    const position = await positionNow(stranger);
    const fresh = openFeed(suite.other, { heartbeatMs: 20 });
    const watch = watchAll(fresh, from);
    await watch.until((steps) => steps.length >= 3);
    await insertRefused(stranger, position);
    await stranger.query("commit");
    const events = await watch.untilEvents(1);
    await watch.stop();
    await fresh.feed.stop();
    expect(events.map(({ place }) => place.position)).to.deep.equal([position]);
    await suite.watcher.query("delete from transactions where request_id = 'held open'");
  });

  it("moves the place of one who wants little, so that it need not look again at what it does not want", async () => {
    const from = await placeNow(feed);
    const watch = watchAll(feed, from, ({ record }) => record.transaction.type === "WITHDRAWAL");
    await topUp(suite.engine, "alice", 1n);
    const [made] = await listPlacedTransactions(suite.engine.database.reader, {
      after: from,
      below: 9_000_000_000_000_000_000n,
      limit: 1,
    });
    await watch.until((steps) => (steps.at(-1)?.place.position ?? 0n) > (made?.position ?? 0n));
    await watch.stop();
    expect(watch.events).to.deep.equal([]);
  });

  it("begins behind all that was committed before the time it says", async () => {
    const before = await topUp(suite.engine, "alice", 1n);
    const { place, time } = await feed.feed.beginTransactions(new AbortController().signal);
    const read = await listPlacedTransactions(suite.engine.database.reader, {
      after: beginning,
      below: place.position,
      limit: 10_000,
    });
    expect(read.at(-1)?.transaction.id).to.equal(before.transaction?.id);
    expect(time >= (before.transaction?.createTime ?? 0n)).to.equal(true);
  });
});

type Session = Awaited<ReturnType<ReturnType<typeof useSuite>["stranger"]>>;

async function positionNow(session: Session): Promise<bigint> {
  const { rows } = await session.query<{ position: string }>(
    "select ((extract(epoch from clock_timestamp()) * 1000000)::bigint * 1000)::text as position",
  );
  return BigInt(rows[0]?.position ?? 0);
}

async function insertRefused(session: Session, position: bigint): Promise<void> {
  await session.query(
    `insert into transactions (id, type, state, asset, amount, source_wallet_id, destination_wallet_id, wallet_ids,
       posting_seqs, refused_reason, initiated_by, request_id, create_time, position)
     values (gen_random_uuid(), 'TRANSFER', 'REFUSED', 'gold', 1, gen_random_uuid(), gen_random_uuid(), '{}', '{}',
       'INSUFFICIENT_FUNDS', 'test', 'held open', now(), $1)`,
    [position],
  );
}

function ascending(places: readonly Place[]): boolean {
  return places.every((place, index) => {
    const before = places[index - 1];
    return before === undefined || isAfter(place, before);
  });
}
