import { expect } from "chai";
import type { WatchTransactionsResponse, WatchWalletResponse } from "../../src/gen/wallet/v1/watch_pb.js";
import { reasonOf, startApp, type TestApp } from "../support/app.js";
import { topUp, transfer } from "../support/engine.js";
import { ofHolder } from "../support/given.js";
import { onServer } from "../support/postgres.js";
import { Stream } from "../support/streams.js";
import { useSuite } from "../support/suite.js";
import { walletOf } from "../support/watch.js";

type Message = WatchWalletResponse | WatchTransactionsResponse;

const transactionsCount = 20_000;
const inFlight = 250;

describe("20,000 transactions that go through one wallet while it is watched over the wire", function () {
  this.timeout(300_000);
  const suite = useSuite({ holders: ["shop", "alice", "bob"] });
  let apps: readonly [TestApp, TestApp];

  before(async () => {
    const { database } = suite;
    apps = [await startApp({ database }), await startApp({ database })];
  });
  after(() => Promise.all(apps.map((app) => app.close())));

  const watchShop = (app: TestApp, resumeToken: string) =>
    new Stream<WatchWalletResponse>((signal) =>
      app
        .as("service")
        .wallet.watchWallet({ wallet: ofHolder("shop"), asset: "gold", resumeToken }, { signal }),
    );
  const watchAll = (app: TestApp, resumeToken: string) =>
    new Stream<WatchTransactionsResponse>((signal) =>
      app.as("service").wallet.watchTransactions({ resumeToken }, { signal }),
    );

  it("reach each of two watchers as they are in the ledger, although both leave and come back elsewhere", async () => {
    for (const holder of ["shop", "alice", "bob"]) await topUp(suite.engine, holder, 1_000_000n);
    const from = (await walletOf(suite.watcher, "shop"))?.version ?? 0n;
    const shops = await Promise.all(apps.map((app) => begin(app, watchShop)));
    const all = await Promise.all(apps.map((app) => begin(app, watchAll)));
    const moving = moveValue();
    const ofShop = shops.map((stream, index) => follow(stream, [apps[1 - index], apps[index]], watchShop));
    const ofAll = all.map((stream, index) => follow(stream, [apps[1 - index], apps[index]], watchAll));
    const changes = await Promise.all(ofShop);
    const orders = await Promise.all(ofAll);
    await moving;
    const expected = await postingsOf(from);
    expect(expected).to.have.lengthOf(transactionsCount);
    for (const messages of changes) expect(messages.map(changeOf)).to.deep.equal(expected);
    const ids = orders.map((messages) => messages.map(transactionOf));
    expect(new Set(ids[0])).to.have.property("size", transactionsCount);
    expect(ids[1]).to.deep.equal(ids[0]);
  });

  type Open<Told extends Message> = (app: TestApp, resumeToken: string) => Stream<Told>;

  /** A watcher that has seen how it was. */
  async function begin<Told extends Message>(app: TestApp, open: Open<Told>): Promise<Stream<Told>> {
    const stream = open(app, "");
    await stream.take(1);
    return stream;
  }

  /**
   * Everything that a watcher is told behind its snapshot. It goes elsewhere after a quarter, and each time it is let go
   * because it is too slow.
   */
  async function follow<Told extends Message>(
    first: Stream<Told>,
    elsewhere: readonly (TestApp | undefined)[],
    open: Open<Told>,
  ): Promise<Told[]> {
    const seen = await told(first, transactionsCount / 4);
    let token = first.token;
    for (let turn = 0; seen.length < transactionsCount; turn++) {
      const app = elsewhere[turn % elsewhere.length] ?? expect.fail("there is nowhere to go");
      const stream = open(app, token);
      seen.push(...(await told(stream, transactionsCount - seen.length)));
      token = stream.token === "" ? token : stream.token;
    }
    return seen;
  }

  /** So many news of a stream, or fewer when it lets its watcher go; it is left then. */
  async function told<Told extends Message>(stream: Stream<Told>, count: number): Promise<Told[]> {
    const news: Told[] = [];
    try {
      while (news.length < count) {
        const message = await stream.next();
        if (isNews(message)) news.push(message);
      }
    } catch (error) {
      expect(await reasonOf(Promise.reject(error))).to.equal("OVERLOADED");
    }
    stream.leave();
    return news;
  }

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

/** Whether it is neither the state at the beginning nor a sign of life. */
function isNews({ event }: Message): boolean {
  return event.case === "change" || event.case === "transaction";
}

function changeOf({ event }: WatchWalletResponse): string {
  if (event.case !== "change" || event.value.posting === undefined) return "no posting";
  const { balance, posting } = event.value;
  return `${balance?.version} ${posting.transactionId} ${posting.balanceAfter?.units}`;
}

function transactionOf({ event }: WatchTransactionsResponse): string {
  return event.case === "transaction" ? event.value.id : "no transaction";
}
