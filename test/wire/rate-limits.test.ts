import { expect } from "chai";
import { BatchMode } from "../../src/gen/wallet/v1/bulk_pb.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";
import {
  figuresOf,
  limitedOf,
  longWindows,
  shortWindows,
  toldToWait,
  untilAllowed,
} from "../support/limits.js";
import { expectRefused } from "../support/unmoved.js";

const apps: TestApp[] = [];

/** An app with gold in the wallets of alice and bob, set up by callers whose limits the tests do not use. */
async function openLimited(limits: Record<string, string>, rateWindows = longWindows): Promise<TestApp> {
  const setUp = await startApp();
  await givenAsset(setUp, "gold");
  for (const holder of ["alice", "bob"]) {
    await givenHolder(setUp, holder);
    await givenFunds(setUp, holder, "gold", 1_000n);
  }
  await setUp.app.close();
  const app = await startApp({ database: setUp.database, env: limits, rateWindows });
  apps.push(app);
  return app;
}

const balanceOf = ({ wallet }: TestClients, holder: string) =>
  wallet.getBalance({ wallet: ofHolder(holder), asset: "gold" });

const transfer = ({ wallet }: TestClients, key?: string) =>
  wallet.transfer(
    {
      source: ofHolder("alice"),
      destination: ofHolder("bob"),
      amount: { asset: "gold", units: 1n },
    },
    keyed(key),
  );

/** Calls until it has been let through so many times, which is all that it may be. */
async function useUp(times: number, call: () => Promise<unknown>): Promise<void> {
  for (let made = 0; made < times; made++) await call();
}

describe("rate limits over the wire", () => {
  afterEach(async () => {
    for (const app of apps.splice(0)) {
      await expectSound(app);
      await app.close();
    }
  });

  it("refuse a holder that read as often as it may and as often once more, with every figure and the delay", async () => {
    const app = await openLimited({ RATE_LIMIT_HOLDER_READS: "3" });
    const alice = app.as("holder", "alice");
    await useUp(6, () => balanceOf(alice, "alice"));
    const refusal = await refusalOf(balanceOf(alice, "alice"));
    const { retry_delay_ms: delay, ...figures } = refusal.metadata;
    expect(figures).to.deep.equal({
      class: "reads",
      kind: "holder",
      limit: "3",
      window_seconds: "600",
      burst_window_seconds: "1200",
    });
    expect([refusal.code, refusal.reason, refusal.retryable]).to.deep.equal([
      "ResourceExhausted",
      "RATE_LIMITED",
      true,
    ]);
    expect(refusal.message).to.equal(
      "the limit of a holder is 3 reads in 600 s, and once more as many in 1200 s; nothing was done, " +
        `try again in ${delay} ms`,
    );
    expect(Number(delay)).to.be.within(590_000, 600_000);
    expect(await toldToWait(balanceOf(alice, "alice"))).to.be.within(580_000, 600_000);
    expect(await limitedOf(app)).to.deep.equal({
      '{class="reads",kind="holder"}': 2,
    });
  });

  it("count each caller, each class and each kind of caller by itself, over both listeners together", async () => {
    const app = await openLimited({ RATE_LIMIT_HOLDER_READS: "1", RATE_LIMIT_READS: "2" });
    const alice = app.as("holder", "alice");
    await balanceOf(alice, "alice");
    await balanceOf(app.overHttp("holder", "alice", "connect-json"), "alice");
    for (const clients of [alice, app.overHttp("holder", "alice", "grpc-web")]) {
      expect((await refusalOf(balanceOf(clients, "alice"))).reason).to.equal("RATE_LIMITED");
    }
    await transfer(alice);
    await balanceOf(app.as("holder", "bob"), "bob");
    const { metadata } = await refusalOf(useUp(5, () => balanceOf(app.as("service", "alice"), "alice")));
    expect(metadata).to.include({ class: "reads", kind: "service", limit: "2" });
    await balanceOf(app.as("operator", "alice"), "alice");
  });

  it("refuse before the message is read and before the role, which counts as well", async () => {
    const app = await openLimited({ RATE_LIMIT_HOLDER_READS: "1" });
    const alice = app.as("holder", "alice");
    await useUp(2, () => balanceOf(alice, "alice"));
    const refusal = await refusalOf(alice.wallet.getBalance({ asset: "not a code" }));
    expect(refusal.reason).to.equal("RATE_LIMITED");
    expect((await refusalOf(alice.wallet.listHolders({}))).reason).to.equal("RATE_LIMITED");
    const bob = app.as("holder", "bob");
    const forbidden = () => refusalOf(bob.wallet.listHolders({}));
    const reasons = [await forbidden(), await forbidden(), await forbidden()].map(({ reason }) => reason);
    expect(reasons).to.deep.equal(["ROLE_REQUIRED", "ROLE_REQUIRED", "RATE_LIMITED"]);
    expect((await refusalOf(balanceOf(bob, "bob"))).reason).to.equal("RATE_LIMITED");
  });

  it("move nothing and leave the key free: later the same key makes the movement, once", async () => {
    const app = await openLimited({ RATE_LIMIT_HOLDER_MOVEMENTS: "1" }, shortWindows);
    const alice = app.as("holder", "alice");
    const refusedKey = await (async () => {
      for (let attempt = 0; ; attempt++) {
        const key = `limited-${attempt}`;
        const delayMs = await toldToWait(transfer(alice, key));
        if (delayMs === undefined) continue;
        expect(delayMs).to.be.within(1, 1_000);
        return key;
      }
    })();
    const service = app.as("service");
    const before = (await balanceOf(service, "alice")).balance?.posted?.units ?? 0n;
    const made = await untilAllowed(() => transfer(alice, refusedKey));
    expect((await balanceOf(service, "alice")).balance?.posted?.units).to.equal(before - 1n);
    const replay = await untilAllowed(() => transfer(alice, refusedKey));
    expect(replay.transaction?.id).to.equal(made.transaction?.id);
    expect((await balanceOf(service, "alice")).balance?.posted?.units).to.equal(before - 1n);
  });

  it("leave the ledger byte for byte as it was when they refuse a movement", async () => {
    const app = await openLimited({ RATE_LIMIT_MOVEMENTS: "2" });
    const service = app.as("service");
    await useUp(4, () => transfer(service));
    const metadata = await expectRefused(app, () => transfer(service), "RATE_LIMITED");
    expect(metadata).to.include({ class: "movements", kind: "service", limit: "2" });
  });

  it("count what AdminService changes as admin, and its reads as reads", async () => {
    const app = await openLimited({ RATE_LIMIT_ADMIN: "1" });
    const { admin, wallet } = app.as("admin");
    await givenAsset(app, "silver");
    await givenAsset(app, "copper");
    const freeze = () => admin.freezeAsset({ code: "silver", reason: "for the test" }, keyed());
    expect(await expectRefused(app, freeze, "RATE_LIMITED")).to.include({ class: "admin", limit: "1" });
    await wallet.listAssets({});
    await transfer(app.as("admin"));
  });

  it("count each item of a batch", async () => {
    const app = await openLimited({ RATE_LIMIT_MOVEMENTS: "10" });
    const service = app.as("service");
    expect((await batch(service, 10)).postedCount).to.equal(10);
    expect((await batch(service, 9)).postedCount).to.equal(9);
    expect(await expectRefused(app, () => batch(service, 2), "RATE_LIMITED")).to.include({ limit: "10" });
  });

  it("let a batch through that is larger than the limit, and then nothing for as long as that lasts", async () => {
    const app = await openLimited({ RATE_LIMIT_MOVEMENTS: "4" });
    const service = app.as("service");
    expect((await batch(service, 12)).postedCount).to.equal(12);
    await useUp(4, () => transfer(service));
    await expectRefused(app, () => transfer(service), "RATE_LIMITED");
    await expectRefused(app, () => batch(service, 12), "RATE_LIMITED");
  });

  it("are none where they are 0", async () => {
    const app = await openLimited({});
    const alice = app.as("holder", "alice");
    await Promise.all(Array.from({ length: 200 }, () => balanceOf(alice, "alice")));
    expect(await limitedOf(app)).to.deep.equal({});
    expect(await figuresOf(app, "wallet_rate_limit_store_up")).to.deep.equal({ "": 1 });
  });

  it("are in place unless they are configured otherwise", async () => {
    const { database } = await openLimited({});
    const app = await startApp({
      database,
      env: { RATE_LIMIT_HOLDER_READS: "", RATE_LIMIT_HOLDER_MOVEMENTS: "" },
      rateWindows: longWindows,
    });
    apps.push(app);
    const alice = app.as("holder", "alice");
    const reads = Array.from({ length: 120 }, () => toldToWait(balanceOf(alice, "alice")));
    expect((await Promise.all(reads)).filter((delay) => delay === undefined)).to.have.lengthOf(100);
    const moves = Array.from({ length: 50 }, () => toldToWait(transfer(alice)));
    expect((await Promise.all(moves)).filter((delay) => delay === undefined)).to.have.lengthOf(40);
  });
});

let batches = 0;

function batch({ wallet }: TestClients, count: number) {
  const name = `batch-${++batches}`;
  const value = {
    source: ofHolder("alice"),
    destination: ofHolder("bob"),
    amount: { asset: "gold", units: 1n },
  };
  const items = Array.from({ length: count }, (_, index) => ({
    idempotencyKey: `${name}-${index}`,
    movement: { kind: { case: "transfer" as const, value } },
  }));
  return wallet.executeBatch({ items, mode: BatchMode.INDEPENDENT }, keyed(name));
}
