import { expect } from "chai";
import { WalletStatus } from "../../src/gen/wallet/v1/wallet_pb.js";
import type { WatchWalletResponse } from "../../src/gen/wallet/v1/watch_pb.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder, ofWallet } from "../support/given.js";
import { Stream } from "../support/streams.js";

/** What a request says that is not the usual; null leaves the wallet out. */
interface Asked {
  readonly wallet?: ReturnType<typeof ofWallet> | null;
  readonly asset?: string;
  readonly resumeToken?: string;
}

describe("WatchWallet", () => {
  let app: TestApp;
  let other: TestApp;
  let service: TestClients;

  before(async () => {
    app = await startApp({ feedLimits: { heartbeatMs: 50 } });
    other = await startApp({ database: app.database });
    service = app.as("service");
    for (const asset of ["gold", "usd"]) await givenAsset(app, asset);
    for (const id of ["alice", "bob", "carol", "poor"]) await givenHolder(app, id);
    for (const id of ["alice", "bob", "carol"]) await givenFunds(app, id, "gold", 1_000n);
  });
  after(() => Promise.all([app.close(), other.close()]));
  afterEach(() => expectSound(app));

  const watch = (
    clients: TestClients,
    holderId: string,
    { wallet = ofHolder(holderId), asset = "gold", resumeToken = "" }: Asked = {},
  ) =>
    new Stream<WatchWalletResponse>((signal) =>
      clients.wallet.watchWallet({ ...(wallet === null ? {} : { wallet }), asset, resumeToken }, { signal }),
    );
  const transfer = (clients: TestClients, from: string, to: string, units = 1n) =>
    clients.wallet.transfer(
      { source: ofHolder(from), destination: ofHolder(to), amount: { asset: "gold", units } },
      keyed(),
    );
  const versionsOf = (messages: readonly WatchWalletResponse[]) =>
    messages.map(({ event }) => event.case === "change" && event.value.balance?.version);

  it("sends the wallet, then every change in the order of versions, while two processes move value in it", async () => {
    const streams = [watch(service, "alice"), watch(other.as("auditor"), "alice")];
    const snapshots = await Promise.all(streams.map((stream) => stream.take(1)));
    const { wallet } = await service.wallet.getWallet({ wallet: ofHolder("alice"), asset: "gold" });
    for (const [snapshot] of snapshots)
      expect(snapshot?.event).to.deep.equal({ case: "snapshot", value: wallet });
    const taking = Promise.all(streams.map((stream) => stream.take(100)));
    await Promise.all(
      Array.from({ length: 50 }, () => [
        transfer(service, "alice", "bob", 2n),
        transfer(other.as("service"), "carol", "alice"),
      ]).flat(),
    );
    const from = wallet?.balance?.version ?? 0n;
    for (const messages of await taking) {
      expect(versionsOf(messages)).to.deep.equal(
        Array.from({ length: 100 }, (_, index) => from + BigInt(index + 1)),
      );
    }
    const { balance } = await service.wallet.getBalance({ wallet: ofHolder("alice"), asset: "gold" });
    const last = streams[0]?.messages.findLast(({ event }) => event.case === "change")?.event;
    expect(last?.case === "change" && last.value.balance).to.deep.equal(balance);
    for (const stream of streams) stream.leave();
  });

  it("sends with a change the posting, and its transaction as GetTransaction answers it", async () => {
    const stream = watch(service, "bob");
    await stream.take(1);
    const { transaction } = await transfer(service, "bob", "carol", 5n);
    const [message] = await stream.take(1);
    stream.leave();
    if (message?.event.case !== "change") expect.fail("it is no change");
    const change = message.event.value;
    expect(change.transaction).to.deep.equal(transaction);
    expect(change.posting).to.deep.equal(
      transaction?.postings.find(({ walletId }) => walletId === change.walletId),
    );
    expect(change.posting?.amount?.units).to.equal(-5n);
    expect(change.changeTime).to.deep.equal(transaction?.postTime);
    expect(change.status).to.equal(WalletStatus.ACTIVE);
  });

  it("sends a change of the status without a posting", async () => {
    const stream = watch(service, "bob");
    await stream.take(1);
    const freeze = { wallet: ofHolder("bob"), asset: "gold", reason: "test" };
    await other.as("operator").admin.freezeWallet(freeze, keyed());
    await other.as("operator").admin.unfreezeWallet(freeze, keyed());
    const messages = await stream.take(2);
    stream.leave();
    const changes = messages.map(({ event }) => (event.case === "change" ? event.value : undefined));
    expect(changes.map((change) => change?.status)).to.deep.equal([WalletStatus.FROZEN, WalletStatus.ACTIVE]);
    expect(
      changes.every((change) => change?.posting === undefined && change?.transaction === undefined),
    ).to.equal(true);
  });

  it("lets a holder watch its own wallet, without the other side's posting, and no other", async () => {
    const alice = app.as("holder", "alice");
    const stream = watch(alice, "alice", { wallet: null });
    await stream.take(1);
    await transfer(service, "bob", "alice");
    const [message] = await stream.take(1);
    stream.leave();
    const change = message?.event.case === "change" ? message.event.value : undefined;
    expect(change?.transaction?.postings).to.deep.equal([change?.posting]);
    for (const wallet of [
      ofHolder("bob"),
      ofHolder("nobody"),
      ofWallet("0198a000-0000-7000-8000-000000000000"),
    ]) {
      const refusal = await refusalOf(watch(alice, "bob", { wallet }).next());
      expect(refusal).to.include({ code: "PermissionDenied", reason: "NOT_YOUR_WALLET" });
    }
  });

  it("goes on behind a token, in another process and after a restart, without gap or repeat", async () => {
    const restarting = await startApp({ database: app.database });
    const first = watch(restarting.as("service"), "carol");
    await first.take(1);
    const moving = Promise.all(Array.from({ length: 60 }, () => transfer(service, "bob", "carol")));
    await first.take(25);
    first.leave();
    await restarting.close();
    const restarted = await startApp({ database: app.database });
    const second = watch(restarted.as("service"), "carol", { resumeToken: first.token });
    await moving;
    await second.take(20);
    second.leave();
    const third = watch(service, "carol", { resumeToken: second.token });
    await third.take(15);
    third.leave();
    await restarted.close();
    const all = [first, second, third].flatMap(({ messages }) => messages);
    const changes = all.filter(({ event }) => event.case === "change");
    expect(all.filter(({ event }) => event.case === "snapshot")).to.have.lengthOf(1);
    const snapshot = all[0]?.event.case === "snapshot" ? all[0].event.value : undefined;
    const from = snapshot?.balance?.version ?? 0n;
    expect(versionsOf(changes)).to.deep.equal(
      Array.from({ length: 60 }, (_, index) => from + BigInt(index + 1)),
    );
  });

  it("gives signs of life, each with a token, while nothing happens", async () => {
    const stream = watch(service, "alice");
    const [snapshot] = await stream.take(1);
    const heartbeat = await stream.next();
    stream.leave();
    expect(heartbeat.event.case).to.equal("heartbeat");
    expect(heartbeat.resumeToken).to.equal(snapshot?.resumeToken);
  });

  it("ends a reader that is too slow with OVERLOADED, and lets it go on from where it was", async () => {
    const narrow = await startApp({ database: app.database, feedLimits: { backlogMax: 20 } });
    const slow = watch(narrow.as("service"), "alice");
    const [snapshot] = await slow.take(1);
    const version = snapshot?.event.case === "snapshot" ? (snapshot.event.value.balance?.version ?? 0n) : 0n;
    // Large enough to fill whatever lies between the service and a reader that does not read.
    const metadata = Object.fromEntries(
      Array.from({ length: 32 }, (_, index) => [`key-${index}`, "x".repeat(512)]),
    );
    for (let wave = 0; wave < 8; wave++) {
      const amount = { asset: "gold", units: 1n };
      await Promise.all(
        Array.from({ length: 20 }, () =>
          service.wallet.topUp({ wallet: ofHolder("alice"), amount, metadata }, keyed()),
        ),
      );
    }
    const refusal = await refusalOf(slow.drain());
    expect(refusal).to.include({ code: "ResourceExhausted", reason: "OVERLOADED", retryable: true });
    expect(refusal.metadata).to.deep.equal({ backlog_max: "20", resume_token: slow.token });
    const resumed = watch(service, "alice", { resumeToken: slow.token });
    const seen = slow.messages.filter(({ event }) => event.case === "change");
    seen.push(...(await resumed.take(160 - seen.length)));
    resumed.leave();
    await narrow.close();
    expect(versionsOf(seen)).to.deep.equal(
      Array.from({ length: 160 }, (_, index) => version + BigInt(index + 1)),
    );
  });

  it("ends with SHUTTING_DOWN and the last token when the service stops", async () => {
    const stopping = await startApp({ database: app.database });
    const stream = watch(stopping.as("service"), "alice");
    await stream.take(1);
    await transfer(service, "alice", "bob");
    await stream.take(1);
    const [refusal] = await Promise.all([refusalOf(stream.drain()), stopping.close()]);
    expect(refusal).to.include({ code: "Unavailable", reason: "SHUTTING_DOWN", retryable: true });
    expect(refusal.metadata.resume_token).to.equal(stream.token);
  });

  it("shows on /metrics how many watch, and how far the feed is behind", async () => {
    const metrics = async () => (await fetch(`http://127.0.0.1:${app.app.metricsPort}/metrics`)).text();
    const stream = watch(service, "alice");
    await stream.take(1);
    await stream.next();
    expect(await metrics())
      .to.match(/^wallet_feed_watchers{kind="wallet"} 1$/m)
      .and.match(/^wallet_feed_lag_seconds \d/m);
    stream.leave();
  });

  it("works over Connect and gRPC-Web as well", async () => {
    for (const protocol of ["connect-json", "connect-binary", "grpc-web"] as const) {
      const stream = watch(app.overHttp("service", "service-1", protocol), "alice");
      const [snapshot] = await stream.take(1);
      await transfer(service, "alice", "bob");
      const [change] = await stream.take(1);
      stream.leave();
      expect([snapshot?.event.case, change?.event.case], protocol).to.deep.equal(["snapshot", "change"]);
    }
  });

  it("refuses what is wrong, in the order of the contract", async () => {
    const tokens = watch(service, "alice");
    await tokens.take(1);
    tokens.leave();
    const refused = (more: Asked) => refusalOf(watch(service, "alice", more).next());
    const { wallet } = await service.wallet.getWallet({ wallet: ofHolder("alice"), asset: "gold" });
    const cases: [Asked, string, string[]][] = [
      [{ wallet: null }, "INVALID_FIELD", ["wallet"]],
      [{ asset: "" }, "INVALID_FIELD", ["asset"]],
      [{ resumeToken: "nonsense" }, "INVALID_FIELD", ["resume_token"]],
      [{ wallet: ofHolder("bob"), resumeToken: tokens.token }, "INVALID_FIELD", ["resume_token"]],
      [{ resumeToken: laterToken(tokens.token) }, "INVALID_FIELD", ["resume_token"]],
      [{ asset: "silver" }, "ASSET_NOT_FOUND", []],
      [{ wallet: ofHolder("nobody") }, "HOLDER_NOT_FOUND", []],
      [{ wallet: ofHolder("poor") }, "WALLET_NOT_FOUND", []],
      [{ wallet: ofWallet(wallet?.id ?? ""), asset: "usd" }, "ASSET_MISMATCH", []],
    ];
    for (const [more, reason, fields] of cases) {
      const refusal = await refused(more);
      expect([refusal.reason, refusal.fields]).to.deep.equal([reason, fields]);
      expect(refusal.metadata).not.to.have.property("resume_token");
    }
  });
});

/** The same token for a version that the wallet has yet to reach. */
function laterToken(token: string): string {
  const [digest] = JSON.parse(Buffer.from(token, "base64url").toString());
  return Buffer.from(JSON.stringify([digest, "1000000", ""])).toString("base64url");
}
