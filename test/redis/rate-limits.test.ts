import { expect } from "chai";
import { expectSound, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";
import { figuresOf, longWindows, toldToWait } from "../support/limits.js";
import { RedisServer } from "../support/redis.js";

const balanceOf = ({ wallet }: TestClients, holder: string) =>
  wallet.getBalance({ wallet: ofHolder(holder), asset: "gold" });

/** Waits until the figure says whether Redis counts. Each question is a round trip. */
async function untilStore(app: TestApp, up: 0 | 1): Promise<void> {
  while ((await figuresOf(app, "wallet_rate_limit_store_up"))[""] !== up);
}

describe("limits that two processes share in Redis", function () {
  this.timeout(60_000);
  let redis: RedisServer;
  let one: TestApp;
  let two: TestApp;

  before(async () => {
    redis = await RedisServer.atFreePort();
    const { app, database, as } = await startApp();
    const setUp = { app, database, as } as TestApp;
    await givenAsset(setUp, "gold");
    for (const holder of ["alice", "bob", "carol", "dave", "erin"]) {
      await givenHolder(setUp, holder);
      await givenFunds(setUp, holder, "gold", 100n);
    }
    await app.close();
    const env = {
      REDIS_URL: redis.url,
      RATE_LIMIT_HOLDER_READS: "4",
      RATE_LIMIT_READS: "1000",
      RATE_LIMIT_UNAUTHENTICATED: "3",
    };
    // Redis is not there yet, and neither start waits for it.
    const options = { database, env, rateWindows: longWindows };
    [one, two] = await Promise.all([startApp(options), startApp(options)]);
  });
  after(async () => {
    await expectSound(one);
    await Promise.all([one.close(), two.close()]);
    await redis.stop();
  });

  /** How many reads of a holder, made in turn at both, are let through. */
  async function allowedOf(holder: string, attempts: number): Promise<number> {
    let allowed = 0;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const clients = (attempt % 2 === 0 ? one : two).as("holder", holder);
      if ((await toldToWait(balanceOf(clients, holder))) === undefined) allowed += 1;
    }
    return allowed;
  }

  it("are each process's own until Redis is there", async () => {
    await Promise.all([untilStore(one, 0), untilStore(two, 0)]);
    expect(await allowedOf("alice", 20)).to.equal(2 * 8);
  });

  it("are one limit from then on, exact for a small one, and refused with the delay", async () => {
    await redis.start();
    await Promise.all([untilStore(one, 1), untilStore(two, 1)]);
    expect(await allowedOf("bob", 20)).to.equal(8);
    const refusal = await refusalOf(balanceOf(two.as("holder", "bob"), "bob"));
    expect(refusal.metadata).to.include({ class: "reads", kind: "holder", limit: "4" });
    expect(Number(refusal.metadata.retry_delay_ms)).to.be.within(500_000, 600_000);
  });

  it("are one limit to within a hundredth for each process when it is large, also for calls at once", async () => {
    const calls = [one, two].flatMap((app) => {
      const clients = app.as("service");
      return Array.from({ length: 1_200 }, () => toldToWait(balanceOf(clients, "alice")));
    });
    const allowed = (await Promise.all(calls)).filter((delay) => delay === undefined).length;
    expect(allowed).to.be.within(2 * 1_000 - 2 * 2 * 10, 2 * 1_000);
  });

  it("hold what comes from one address without a valid token", async () => {
    const bad = (app: TestApp) =>
      fetch(`http://127.0.0.1:${app.app.httpPort}/wallet.v1.WalletService/GetBalance`, {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json", authorization: "Bearer nonsense" },
      });
    const statuses = [];
    for (const app of [one, two, one, two, one]) statuses.push((await bad(app)).status);
    expect(statuses).to.deep.equal([401, 401, 401, 429, 429]);
  });

  it("are kept under keys that tell neither callers nor addresses nor tokens", async () => {
    const keys = await redis.keys();
    expect(keys.length).to.be.greaterThan(3);
    for (const key of keys) {
      expect(key).to.match(/^wallet:rate:(holder|service|address):[a-z]+(:burst)?:[\w-]{43}$/);
    }
  });

  it("are each process's own again while Redis is gone, and shared when it is back", async () => {
    await redis.stop();
    await Promise.all([untilStore(one, 0), untilStore(two, 0)]);
    expect(await allowedOf("carol", 20)).to.equal(2 * 8);
    await redis.start();
    await Promise.all([untilStore(one, 1), untilStore(two, 1)]);
    expect(await allowedOf("dave", 20)).to.equal(8);
  });

  it("do not let calls wait for a Redis that is there and says nothing", async () => {
    redis.fallSilent();
    const startedMs = performance.now();
    expect(await toldToWait(balanceOf(one.as("holder", "erin"), "erin"))).to.equal(undefined);
    expect(performance.now() - startedMs).to.be.lessThan(5_000);
    await untilStore(one, 0);
    const silentMs = performance.now();
    await balanceOf(one.as("holder", "erin"), "erin");
    expect(performance.now() - silentMs).to.be.lessThan(2_000);
    redis.wake();
    await untilStore(one, 1);
  });
});
