import { expect } from "chai";
import type { WatchWalletResponse } from "../../src/gen/wallet/v1/watch_pb.js";
import { expectSound, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";
import { ItemStream, type StreamItem } from "../support/item-stream.js";
import { figuresOf, limitedOf, longWindows, shortWindows, untilAllowed } from "../support/limits.js";
import { Stream } from "../support/streams.js";

const watch = ({ wallet }: TestClients, holder: string) =>
  new Stream<WatchWalletResponse>((signal) =>
    wallet.watchWallet({ wallet: ofHolder(holder), asset: "gold", resumeToken: "" }, { signal }),
  );

const topUps = (count: number): StreamItem[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `item-${index}`,
    movement: {
      kind: { case: "topUp", value: { wallet: ofHolder("bob"), amount: { asset: "gold", units: 1n } } },
    },
  }));

describe("the limits of streams", () => {
  let setUp: TestApp;
  let app: TestApp;

  beforeEach(async () => {
    setUp = await startApp();
    await givenAsset(setUp, "gold");
    for (const holder of ["alice", "bob"]) {
      await givenHolder(setUp, holder);
      await givenFunds(setUp, holder, "gold", 10n);
    }
  });
  afterEach(async () => {
    await expectSound(setUp);
    await Promise.all([setUp.app.close(), app.app.close()]);
  });

  async function openLimited(limits: Record<string, string>, rateWindows = longWindows): Promise<void> {
    app = await startApp({ database: setUp.database, env: limits, rateWindows });
  }

  it("refuse a caller that has as many open as it may, over both listeners, until one of them ends", async () => {
    await openLimited({ STREAM_LIMIT_HOLDER: "2", STREAM_LIMIT: "1" });
    const alice = app.as("holder", "alice");
    const overHttp = app.overHttp("holder", "alice", "connect-binary");
    const [first, second] = [watch(alice, "alice"), watch(overHttp, "alice")];
    for (const stream of [first, second]) await stream.take(1);

    for (const clients of [alice, overHttp]) {
      const refusal = await refusalOf(watch(clients, "alice").take(1));
      expect(refusal.reason, refusal.message).to.equal("RATE_LIMITED");
      expect(refusal.message).to.equal(
        "a holder may have 2 streams open at once; end one of them, or try again in 1000 ms",
      );
      expect(refusal.metadata).to.deep.equal({
        class: "streams",
        kind: "holder",
        limit: "2",
        retry_delay_ms: "1000",
      });
      expect(refusal.retryable).to.equal(true);
    }
    expect(await figuresOf(app, "wallet_streams_open")).to.deep.equal({ '{kind="holder"}': 2 });
    expect(await limitedOf(app)).to.deep.equal({
      '{class="streams",kind="holder"}': 2,
    });
    const another = watch(app.as("holder", "bob"), "bob");
    await another.take(1);
    const service = watch(app.as("service"), "alice");
    await service.take(1);
    expect((await refusalOf(watch(app.as("service"), "bob").take(1))).metadata).to.include({
      kind: "service",
      limit: "1",
    });

    first.leave();
    const third = await untilAllowed(async () => {
      const stream = watch(alice, "alice");
      await stream.take(1);
      return stream;
    });
    for (const stream of [second, third, another, service]) stream.leave();
    const noneOpen = async () =>
      Object.values(await figuresOf(app, "wallet_streams_open")).every((open) => open === 0);
    while (!(await noneOpen()));
  });

  it("give back the place of a stream that was refused", async () => {
    await openLimited({ STREAM_LIMIT_HOLDER: "1" });
    const alice = app.as("holder", "alice");
    for (let attempt = 0; attempt < 3; attempt++) {
      expect((await refusalOf(watch(alice, "bob").take(1))).reason).to.equal("NOT_YOUR_WALLET");
    }
    const stream = watch(alice, "alice");
    await stream.take(1);
    stream.leave();
  });

  it("count a stream as one read when it opens", async () => {
    await openLimited({ RATE_LIMIT_HOLDER_READS: "1" });
    const alice = app.as("holder", "alice");
    const streams = [watch(alice, "alice"), watch(alice, "alice")];
    for (const stream of streams) await stream.take(1);
    const refusal = await refusalOf(watch(alice, "alice").take(1));
    expect([refusal.reason, refusal.metadata.class]).to.deep.equal(["RATE_LIMITED", "reads"]);
    for (const stream of streams) stream.leave();
  });

  it("slow down the items of ExecuteStream to what its caller may do, and refuse none of them", async () => {
    await openLimited({ RATE_LIMIT_MOVEMENTS: "4" }, shortWindows);
    const stream = new ItemStream({ port: app.app.grpcPort, token: await app.token("service") }).read();
    const items = topUps(20);
    await stream.send(items);
    stream.finish();
    expect(await stream.ended).to.deep.equal({ code: "OK", reason: "" });
    expect(stream.posted()).to.have.lengthOf(items.length);
    const limited = await limitedOf(app);
    expect(limited['{class="movements",kind="service"}']).to.be.within(1, items.length);
    stream.close();
  });

  it("do not keep a stream that they slow down from ending when the service stops", async () => {
    await openLimited({ RATE_LIMIT_MOVEMENTS: "2" });
    const stream = new ItemStream({ port: app.app.grpcPort, token: await app.token("service") }).read();
    await stream.send(topUps(10));
    await stream.untilAnswered(3);
    const closing = app.app.close();
    expect(await stream.ended).to.deep.equal({ code: "UNAVAILABLE", reason: "SHUTTING_DOWN" });
    expect(stream.answered).to.equal(3);
    stream.close();
    await closing;
  });
});
