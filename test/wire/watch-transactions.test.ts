import { expect } from "chai";
import { TransactionState, TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import type { WatchTransactionsResponse } from "../../src/gen/wallet/v1/watch_pb.js";
import {
  expectSound,
  keyed,
  reasonOf,
  refusalOf,
  startApp,
  type TestApp,
  type TestClients,
} from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder, ofWallet } from "../support/given.js";
import { legOf, systemLeg } from "../support/legs.js";
import { Stream } from "../support/streams.js";

type Asked = Parameters<TestClients["wallet"]["watchTransactions"]>[0];

describe("WatchTransactions", () => {
  let app: TestApp;
  let other: TestApp;
  let service: TestClients;
  let aliceWallet: string;

  before(async () => {
    app = await startApp({ feedLimits: { heartbeatMs: 50 } });
    other = await startApp({ database: app.database });
    service = app.as("service");
    for (const asset of ["gold", "usd"]) await givenAsset(app, asset);
    for (const id of ["alice", "bob", "carol", "dora", "poor"]) await givenHolder(app, id);
    aliceWallet = await givenFunds(app, "alice", "gold", 1_000n);
    for (const id of ["bob", "carol"]) await givenFunds(app, id, "gold", 1_000n);
  });
  after(() => Promise.all([app.close(), other.close()]));
  afterEach(() => expectSound(app));

  const watch = (clients: TestClients, asked: Asked = {}) =>
    new Stream<WatchTransactionsResponse>((signal) => clients.wallet.watchTransactions(asked, { signal }));
  const transfer = (clients: TestClients, from: string, to: string, units = 1n) =>
    clients.wallet.transfer(
      { source: ofHolder(from), destination: ofHolder(to), amount: { asset: "gold", units } },
      keyed(),
    );
  const idsOf = (messages: readonly WatchTransactionsResponse[]) =>
    messages.map(({ event }) => (event.case === "transaction" ? event.value.id : event.case));
  const latestOf = (message: WatchTransactionsResponse | undefined) =>
    message?.event.case === "snapshot" ? message.event.value.transactions : expect.fail("it is no snapshot");

  it("sends the latest, then every transaction in one order, to watchers of two processes and to one who comes again", async () => {
    const streams = [watch(service), watch(other.as("auditor"))];
    await Promise.all(streams.map((stream) => stream.take(1)));
    const token = streams[0]?.token ?? "";
    const taking = Promise.all(streams.map((stream) => stream.take(100)));
    await Promise.all(
      Array.from({ length: 50 }, () => [
        transfer(service, "alice", "bob", 2n),
        transfer(other.as("service"), "carol", "alice"),
      ]).flat(),
    );
    const [one = [], two = []] = await taking;
    const again = watch(other.as("service"), { resumeToken: token });
    const replayed = await again.take(100);
    for (const stream of [...streams, again]) stream.leave();
    expect(new Set(idsOf(one)).size).to.equal(100);
    expect(idsOf(two)).to.deep.equal(idsOf(one));
    expect(idsOf(replayed)).to.deep.equal(idsOf(one));
  });

  it("begins with the newest 50 at most, oldest first, and nothing between them and what follows", async () => {
    for (let count = 0; count < 55; count++) await transfer(service, "alice", "bob");
    const stream = watch(service);
    const [snapshot] = await stream.take(1);
    const listed = await service.wallet.listTransactions({ pageSize: 50 });
    expect(latestOf(snapshot)).to.deep.equal(listed.transactions.toReversed());
    const { transaction } = await transfer(service, "alice", "bob");
    const [next] = await stream.take(1);
    stream.leave();
    expect(next?.event).to.deep.equal({ case: "transaction", value: transaction });
  });

  it("sends refused attempts, posted ones, or those of some types alone, as it is asked", async () => {
    const streams = {
      refused: watch(service, { state: TransactionState.REFUSED }),
      posted: watch(service, { state: TransactionState.POSTED, asset: "gold" }),
      spends: watch(service, { types: [TransactionType.SPEND, TransactionType.BONUS] }),
      other: watch(service, { asset: "usd" }),
    };
    for (const stream of Object.values(streams)) await stream.take(1);
    const amount = { asset: "gold", units: 1n };
    const spend = await service.wallet.spend({ wallet: ofHolder("alice"), amount }, keyed());
    expect(await reasonOf(transfer(service, "alice", "bob", 1_000_000n))).to.equal("INSUFFICIENT_FUNDS");
    const bonus = await service.wallet.grantBonus({ wallet: ofHolder("alice"), amount }, keyed());
    const usd = await service.wallet.topUp(
      { wallet: ofHolder("alice"), amount: { asset: "usd", units: 1n } },
      keyed(),
    );
    const [refused] = await streams.refused.take(1);
    const refusal = refused?.event.case === "transaction" ? refused.event.value : undefined;
    expect(refusal).to.include({ state: TransactionState.REFUSED, refusedReason: "INSUFFICIENT_FUNDS" });
    const both = [spend.transaction?.id, bonus.transaction?.id];
    expect(idsOf(await streams.posted.take(2))).to.deep.equal(both);
    expect(idsOf(await streams.spends.take(2))).to.deep.equal(both);
    expect(idsOf(await streams.other.take(1))).to.deep.equal([usd.transaction?.id]);
    for (const stream of Object.values(streams)) stream.leave();
  });

  it("sends what touches a wallet, a holder, or both, in the snapshot and afterwards", async () => {
    const first = await transfer(service, "alice", "carol");
    const asked: Asked[] = [
      { wallet: ofWallet(aliceWallet), holderId: "carol" },
      { holderId: "carol", asset: "gold" },
      { wallet: ofHolder("carol"), asset: "gold" },
    ];
    const streams = asked.map((request) => watch(service, request));
    for (const stream of streams) {
      const [snapshot] = await stream.take(1);
      expect(latestOf(snapshot).at(-1)?.id).to.equal(first.transaction?.id);
    }
    await transfer(service, "alice", "bob");
    const bobToCarol = await transfer(service, "bob", "carol");
    const aliceToCarol = await transfer(service, "alice", "carol");
    const [both, holder, wallet] = streams;
    const ofCarol = [bobToCarol.transaction?.id, aliceToCarol.transaction?.id];
    expect(idsOf((await both?.take(1)) ?? [])).to.deep.equal([aliceToCarol.transaction?.id]);
    expect(idsOf((await holder?.take(2)) ?? [])).to.deep.equal(ofCarol);
    expect(idsOf((await wallet?.take(2)) ?? [])).to.deep.equal(ofCarol);
    for (const stream of streams) stream.leave();
  });

  it("sends refused compounds and refused reversals of them by holder, by asset and by wallet, as lists have them", async () => {
    const toRevenue = (holderId: string, units: bigint) =>
      service.wallet.postTransaction(
        { legs: [legOf(holderId, "gold", -units), systemLeg(SystemRole.REVENUE, "gold", units)] },
        keyed(),
      );
    const rich = await service.wallet.postTransaction(
      { legs: [legOf("dora", "gold", 5n), systemLeg(SystemRole.PROMOTIONS, "gold", -5n)] },
      keyed(),
    );
    const asked = [
      { holderId: "dora" },
      { holderId: "dora", asset: "gold" },
      { wallet: ofHolder("dora"), asset: "gold" },
      { asset: "gold" },
      {},
    ];
    const others = [{ holderId: "alice" }, { asset: "usd" }, { holderId: "dora", asset: "usd" }];
    const streams = [...asked, ...others].map((filter) =>
      watch(service, { ...filter, state: TransactionState.REFUSED }),
    );
    for (const stream of streams) await stream.take(1);
    await toRevenue("dora", 5n);
    expect(await reasonOf(toRevenue("dora", 1n))).to.equal("INSUFFICIENT_FUNDS");
    const reversal = { transactionId: rich.transaction?.id ?? "", reason: "test" };
    expect(await reasonOf(app.as("operator").wallet.reverseTransaction(reversal, keyed()))).to.equal(
      "INSUFFICIENT_FUNDS",
    );
    const { transactions } = await service.wallet.listTransactions({
      holderId: "dora",
      state: TransactionState.REFUSED,
    });
    const refused = transactions.map(({ id }) => id).toReversed();
    expect(refused).to.have.lengthOf(2);
    for (const [index, filter] of asked.entries()) {
      const listed = await service.wallet.listTransactions({ ...filter, pageSize: 2 });
      expect(listed.transactions.map(({ id }) => id).toReversed()).to.deep.equal(refused);
      expect(idsOf((await streams[index]?.take(2)) ?? [])).to.deep.equal(refused);
    }
    const spend = (asset: string) =>
      service.wallet.spend({ wallet: ofHolder("alice"), amount: { asset, units: 1_000_000n } }, keyed());
    for (const asset of ["gold", "usd"]) await reasonOf(spend(asset));
    const [ofAlice, ofUsd] = [streams[asked.length], streams[asked.length + 1]];
    const [own] = (await ofAlice?.take(1)) ?? [];
    expect(own?.event.case === "transaction" && own.event.value.onBehalfOf).to.equal("alice");
    const [dollars] = (await ofUsd?.take(1)) ?? [];
    expect(dollars?.event.case === "transaction" && dollars.event.value.amount?.asset).to.equal("usd");
    for (const stream of streams) stream.leave();
  });

  it("goes on after a restart of the service, without gap or repeat", async () => {
    const restarting = await startApp({ database: app.database });
    const first = watch(restarting.as("service"));
    await first.take(1);
    const moving = Promise.all(Array.from({ length: 60 }, () => transfer(service, "bob", "carol")));
    const before = await first.take(20);
    first.leave();
    await restarting.close();
    const moved = (await moving).map(({ transaction }) => transaction?.id);
    const restarted = await startApp({ database: app.database });
    const second = watch(restarted.as("service"), { resumeToken: first.token });
    const after = await second.take(40);
    second.leave();
    await restarted.close();
    const seen = [...idsOf(before), ...idsOf(after)];
    expect(seen).to.have.lengthOf(new Set(seen).size);
    expect(seen.toSorted()).to.deep.equal(moved.toSorted());
  });

  it("gives signs of life whose token passes over what the filters leave out", async () => {
    const stream = watch(service, { state: TransactionState.REFUSED });
    await stream.take(1);
    const begun = stream.token;
    await transfer(service, "alice", "bob");
    while (stream.token === begun) expect((await stream.next()).event.case).to.equal("heartbeat");
    stream.leave();
  });

  it("ends with SHUTTING_DOWN and the last resume_token when the service stops", async () => {
    const stopping = await startApp({ database: app.database });
    const stream = watch(stopping.as("service"));
    await stream.take(1);
    const [refusal] = await Promise.all([refusalOf(stream.drain()), stopping.close()]);
    expect(refusal).to.include({ code: "Unavailable", reason: "SHUTTING_DOWN", retryable: true });
    expect(refusal.metadata).to.deep.equal({ resume_token: stream.token });
  });

  it("refuses filters that are wrong or name what is not there, and tokens of other filters", async () => {
    const stream = watch(service);
    await stream.take(1);
    stream.leave();
    const cases: [Asked, string, string[]][] = [
      [{ wallet: ofHolder("alice") }, "INVALID_FIELD", ["asset"]],
      [{ wallet: ofWallet("x") }, "INVALID_FIELD", ["wallet.wallet_id"]],
      [{ asset: "Gold" }, "INVALID_FIELD", ["asset"]],
      [{ holderId: "x".repeat(65) }, "INVALID_FIELD", ["holder_id"]],
      [{ types: [TransactionType.UNSPECIFIED] }, "INVALID_FIELD", ["types"]],
      [{ types: Array.from({ length: 33 }, () => TransactionType.SPEND) }, "INVALID_FIELD", ["types"]],
      [{ resumeToken: "nonsense" }, "INVALID_FIELD", ["resume_token"]],
      [{ asset: "gold", resumeToken: stream.token }, "INVALID_FIELD", ["resume_token"]],
      [{ asset: "silver" }, "ASSET_NOT_FOUND", []],
      [{ holderId: "nobody" }, "HOLDER_NOT_FOUND", []],
      [{ wallet: ofHolder("nobody"), asset: "gold" }, "HOLDER_NOT_FOUND", []],
      [{ wallet: ofHolder("poor"), asset: "gold" }, "WALLET_NOT_FOUND", []],
    ];
    for (const [asked, reason, fields] of cases) {
      const refusal = await refusalOf(watch(service, asked).next());
      expect([refusal.reason, refusal.fields]).to.deep.equal([reason, fields]);
    }
  });
});
