import { expect } from "chai";
import { defaultFeedLimits } from "../../src/events/limits.js";
import { openEngine, type TestEngine, topUp } from "../support/engine.js";
import { openFeed, placeNow, watchAll, watchGold } from "../support/feed.js";
import { FaultyNetwork } from "../support/proxy.js";
import { useSuite } from "../support/suite.js";
import { until, walletOf } from "../support/watch.js";

describe("the feed of a service that loses its database", () => {
  const suite = useSuite({ holders: ["alice"] });
  let network: FaultyNetwork;
  let remote: TestEngine;

  before(async () => {
    network = await FaultyNetwork.open(suite.database.url);
    remote = await openEngine(network.url);
    await topUp(suite.engine, "alice", 1n);
  });
  after(async () => {
    await remote.close();
    await network.close();
  });

  it("keeps its watchers, says so once, and then tells them all that happened meanwhile", async () => {
    const test = openFeed(remote, { retryDelayMsBase: 5, retryDelayMsMax: 20, heartbeatMs: 20 });
    const version = (await walletOf(suite.watcher, "alice"))?.version ?? 0n;
    const wallet = watchGold(test, "alice", version);
    const all = watchAll(test, await placeNow(test));
    await all.until((steps) => steps.length >= 1);
    await wallet.until((steps) => steps.length >= 1);
    network.takeDown();
    const readingsBefore = test.lags.length;
    for (let count = 0; count < 5; count++) await topUp(suite.engine, "alice", 1n);
    await until("the feed has tried some times", async () => {
      await suite.watcher.query("select");
      return test.lags.length > readingsBefore + 3;
    });
    expect(wallet.events).to.deep.equal([]);
    network.bringUp();
    const changes = await wallet.untilEvents(5);
    const transactions = await all.untilEvents(5);
    await Promise.all([wallet.stop(), all.stop()]);
    await test.feed.stop();
    expect(changes.map(({ place }) => place.position - version)).to.deep.equal([1n, 2n, 3n, 4n, 5n]);
    expect(transactions).to.have.lengthOf(5);
    expect(test.failures).to.have.lengthOf(1);
    expect(test.recoveries).to.have.lengthOf(1);
    expect(Math.max(...test.lags)).to.be.greaterThan(0);
  });

  it("asks the database nothing while nobody watches", async () => {
    const test = openFeed(remote);
    const watch = watchGold(test, "alice", 1n);
    await watch.untilEvents(1);
    await watch.stop();
    await test.feed.stop();
    const readings = test.lags.length;
    test.feed.wake();
    await topUp(suite.engine, "alice", 1n);
    // Another feed reads on meanwhile, for longer than the first would wait between two readings.
    const other = openFeed(suite.engine, { heartbeatMs: defaultFeedLimits.pollMs });
    const ticking = watchGold(other, "alice", 1n);
    await ticking.until((steps) => steps.filter(({ event }) => event === null).length >= 3);
    await ticking.stop();
    await other.feed.stop();
    expect(test.lags).to.have.lengthOf(readings);
  });
});
