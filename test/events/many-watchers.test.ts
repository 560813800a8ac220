import { expect } from "chai";
import { topUp } from "../support/engine.js";
import { openFeed, placeNow, watchAll, watchGold } from "../support/feed.js";
import { useSuite } from "../support/suite.js";

const holders = Array.from({ length: 40 }, (_, index) => `holder-${index}`);
const watchersOfEach = 25;

describe("the feed of a thousand watchers", () => {
  const suite = useSuite({ holders });

  it("reads the database as often as for one", async () => {
    const test = openFeed(suite.engine);
    await Promise.all(holders.map((holder) => topUp(suite.engine, holder, 1n)));
    const watches = holders.flatMap((holder) =>
      Array.from({ length: watchersOfEach }, () => watchGold(test, holder, 0n)),
    );
    const all = watchAll(test, await placeNow(test));
    await Promise.all(watches.map((watch) => watch.untilEvents(1)));
    const [readingsBefore, statementsBefore] = [test.lags.length, test.statements.length];
    for (let round = 0; round < 3; round++)
      await Promise.all(holders.map((holder) => topUp(suite.engine, holder, 1n)));
    await Promise.all(watches.map((watch) => watch.untilEvents(4)));
    await all.untilEvents(3 * holders.length);
    const readings = test.lags.length - readingsBefore + 1;
    const statements = test.statements.length - statementsBefore;
    await Promise.all([...watches, all].map((watch) => watch.stop()));
    await test.feed.stop();
    // Two snapshots and a mark; the wallets that changed, their events, the transactions and postings of those; the
    // transactions in order, and their postings.
    expect(statements).to.be.at.most(9 * readings);
    for (const watch of watches) {
      expect(watch.events.map(({ place }) => place.position)).to.deep.equal([1n, 2n, 3n, 4n]);
    }
  });
});
