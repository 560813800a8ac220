import { expect } from "chai";
import { topUp, transfer } from "../support/engine.js";
import { openFeed, placeNow, watchAll, watchGold } from "../support/feed.js";
import { onServer } from "../support/postgres.js";
import { useSuite } from "../support/suite.js";
import { walletOf } from "../support/watch.js";

const transactionsCount = 20_000;
const inFlight = 250;

describe("20,000 transactions that go through one wallet while it is watched", function () {
  this.timeout(300_000);
  const suite = useSuite({ holders: ["shop", "alice", "bob"] });

  it("reach each of two watchers as they are in the ledger, although both leave and come back elsewhere", async () => {
    for (const holder of ["shop", "alice", "bob"]) await topUp(suite.engine, holder, 1_000_000n);
    const from = (await walletOf(suite.watcher, "shop"))?.version ?? 0n;
    const feeds = [openFeed(suite.engine), openFeed(suite.other)] as const;
    const beginning = await placeNow(feeds[0]);
    const early = [watchGold(feeds[0], "shop", from), watchGold(feeds[1], "shop", from)];
    const all = [watchAll(feeds[0], beginning), watchAll(feeds[1], beginning)];
    const moving = moveValue();
    const late = [];
    for (const [index, watch] of early.entries()) {
      await watch.untilEvents(transactionsCount / 4);
      await watch.stop();
      late.push(watchGold(feeds[index === 0 ? 1 : 0], "shop", watch.place.position));
    }
    await moving;
    const expected = await postingsOf(from);
    expect(expected).to.have.lengthOf(transactionsCount);
    for (const [index, watch] of late.entries()) {
      const before = early[index]?.events ?? [];
      const after = await watch.untilEvents(transactionsCount - before.length);
      await watch.stop();
      const seen = [...before, ...after].map((event) =>
        event.kind === "change" && event.posted !== null
          ? `${event.balance.version} ${event.posted.record.transaction.id} ${event.balance.posted}`
          : "no posting",
      );
      expect(seen).to.deep.equal(expected);
    }
    const orders = [];
    for (const watch of all) {
      const events = await watch.untilEvents(transactionsCount);
      orders.push(events.map(({ record }) => record.transaction.id));
      await watch.stop();
    }
    expect(orders[0]).to.have.lengthOf(transactionsCount);
    expect(orders[1]).to.deep.equal(orders[0]);
    await Promise.all(feeds.map(({ feed }) => feed.stop()));
  });

  /** Moves value in and out of the wallet, from two processes, so many calls at a time. */
  async function moveValue(): Promise<void> {
    let begun = 0;
    const callOneByOne = async (caller: number): Promise<void> => {
      const engine = caller % 2 === 0 ? suite.engine : suite.other;
      const other = caller % 4 < 2 ? "alice" : "bob";
      while (begun < transactionsCount) {
        const movement = begun++ % 2 === 0 ? { from: other, to: "shop" } : { from: "shop", to: other };
        await transfer(engine, movement, 1n);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, (_, caller) => callOneByOne(caller)));
  }

  async function postingsOf(version: bigint): Promise<string[]> {
    const rows = await onServer<{ row: string }>(
      suite.database.superuserUrl,
      `select concat_ws(' ', p.version, p.transaction_id, p.balance_after) as row
       from postings p join wallets w on w.id = p.wallet_id
       where w.holder_id = 'shop' and p.version > $1 order by p.version`,
      [`${version}`],
    );
    return rows.map(({ row }) => row);
  }
});
