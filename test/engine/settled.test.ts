import { expect } from "chai";
import { findWallet } from "../../src/db/wallets.js";
import { defaultEngineLimits } from "../../src/engine/limits.js";
import { Settling } from "../../src/engine/settled.js";
import { holderWalletId } from "../../src/ledger/wallet.js";
import { reasonOf, topUp } from "../support/engine.js";
import { useSuite } from "../support/suite.js";
import { countOf, untilBlocked } from "../support/watch.js";

const alice = holderWalletId("gold", "alice");
const bob = holderWalletId("gold", "bob");

describe("the present of a wallet", () => {
  const suite = useSuite({ holders: ["alice", "bob"] });
  const settlingOf = (limits: Partial<typeof defaultEngineLimits>) =>
    new Settling(suite.engine.database, { ...defaultEngineLimits, ...limits });
  const blocked = () =>
    countOf(suite.watcher, "from pg_stat_activity where wait_event_type = 'Lock' and query like '%wallets%'");

  /** Somebody else who keeps a wallet locked. */
  async function holding(walletId: string) {
    const stranger = await suite.stranger();
    await stranger.query("begin");
    await stranger.query("select from wallets where id = $1 for update", [walletId]);
    return { letGo: () => stranger.query("rollback") };
  }

  before(async () => {
    await Promise.all([topUp(suite.engine, "alice", 5n), topUp(suite.engine, "bob", 5n)]);
  });

  it("is waited for by one connection, however many ask, and the others read on", async () => {
    const settling = settlingOf({ slowLockTimeoutMs: 10_000 });
    const held = await holding(alice);
    const asked = Array.from({ length: 20 }, () => settling.now(alice));
    await untilBlocked(suite.watcher, 1, "%wallets%");
    expect((await findWallet(suite.engine.database.reader, bob))?.balance).to.equal(5n);
    expect(await settling.now(bob)).to.be.a("bigint");
    expect(await blocked()).to.equal(1);
    await held.letGo();
    await Promise.all(asked);
  });

  it("is one that was read after it was asked for", async () => {
    const settling = settlingOf({});
    const first = settling.now(alice);
    const second = settling.now(alice);
    const [before, after] = [await first, await second];
    expect(after > before).to.equal(true);
    expect((await settling.now(alice)) > after).to.equal(true);
  });

  it("of others is told between two tries of those that wait for locked wallets", async () => {
    const settling = settlingOf({
      settlingMax: 1,
      slowLockTimeoutMs: 50,
      attemptsMax: 1_000,
      retryDelayMsBase: 0,
    });
    const held = await holding(alice);
    const waiting = settling.now(alice);
    await untilBlocked(suite.watcher, 1, "%wallets%");
    expect(await settling.now(bob)).to.be.a("bigint");
    await held.letGo();
    expect(await waiting).to.be.a("bigint");
  });

  it("is given up after so many tries, and asked for anew by whoever comes then", async () => {
    const settling = settlingOf({ slowLockTimeoutMs: 10, attemptsMax: 2 });
    const held = await holding(alice);
    const reasons = await Promise.all([1, 2].map(() => reasonOf(settling.now(alice))));
    expect(reasons).to.deep.equal(["CONTENTION", "CONTENTION"]);
    await held.letGo();
    expect(await settling.now(alice)).to.be.a("bigint");
  });
});
