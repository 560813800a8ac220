import { expect } from "chai";
import { HoldState } from "../../src/gen/wallet/v1/hold_pb.js";
import { expectSound, keyed, reasonOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { dumpLedger } from "../support/dump.js";
import {
  givenAsset,
  givenExpired,
  givenFunds,
  givenHold,
  givenHolder,
  givenTransfer,
  ofHolder,
  ofWallet,
} from "../support/given.js";
import { figuresOf } from "../support/limits.js";
import { expectRefused } from "../support/unmoved.js";

describe("a hold whose time has run out", () => {
  let app: TestApp;
  let service: TestClients;
  let aliceWallet: string;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
    aliceWallet = await givenFunds(app, "alice", "gold", 100n);
    await givenFunds(app, "bob", "gold", 100n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const gold = (units: bigint) => ({ asset: "gold", units });

  it("is available again at once in every read, though nobody has released it", async () => {
    const open = await givenHold(app, "alice", "gold", 10n);
    const holdId = await givenHold(app, "alice", "gold", 50n);
    await service.wallet.captureHold({ holdId, amount: gold(20n) }, keyed());
    await givenExpired(app, holdId);
    const unreleased = await dumpLedger(app.database.ownerUrl);
    const { hold } = await service.wallet.getHold({ holdId });
    expect(hold).to.include({ state: HoldState.EXPIRED });
    expect([hold?.captured?.units, hold?.released?.units]).to.deep.equal([20n, 30n]);
    expect(hold?.resolveTime).to.deep.equal(hold?.expireTime);
    const wallet = ofWallet(aliceWallet);
    const batch = await service.wallet.batchGetBalances({
      queries: [{ wallet }, { wallet: ofHolder("bob"), asset: "gold" }],
    });
    const balances = [
      (await service.wallet.getBalance({ wallet })).balance,
      batch.balances[0]?.balance,
      (await service.wallet.getWallet({ wallet })).wallet?.balance,
      (await service.wallet.listWallets({ holderId: "alice" })).wallets[0]?.balance,
    ];
    for (const balance of balances) {
      expect(balance?.posted?.units).to.equal(80n);
      expect(balance?.held?.units).to.equal(10n);
      expect(balance?.available?.units).to.equal(70n);
      expect(balance).to.deep.equal(balances[0]);
    }
    expect(batch.balances[1]?.balance?.available?.units).to.equal(100n);
    expect(await dumpLedger(app.database.ownerUrl), "reading changes nothing").to.equal(unreleased);
    const { holds } = await service.wallet.listHolds({ state: HoldState.EXPIRED });
    expect(holds).to.deep.equal([hold]);
    const active = await service.wallet.listHolds({ state: HoldState.ACTIVE });
    expect(active.holds.map(({ id }) => id)).to.deep.equal([open]);

    // The version that was read is the one that the next movement meets.
    const request = {
      wallet: ofHolder("alice"),
      amount: gold(70n),
      expectedVersion: balances[0]?.version ?? 0n,
    };
    const spent = await service.wallet.spend(request, keyed());
    expect(spent.balances[0]?.balance?.available?.units).to.equal(0n);
    expect((await service.wallet.getHold({ holdId })).hold, "it reads as before its release").to.deep.equal(
      hold,
    );
    await service.wallet.voidHold({ holdId: open }, keyed());
  });

  it("can be neither captured, nor voided, nor extended", async () => {
    const holdId = await givenHold(app, "bob", "gold", 7n);
    await givenExpired(app, holdId);
    const { hold } = await service.wallet.getHold({ holdId });
    const { seconds = 0n, nanos = 0 } = hold?.expireTime ?? {};
    const expireTime = new Date(Number(seconds) * 1_000 + Math.trunc(nanos / 1e6)).toISOString();
    // Whoever comes first releases it; that is no answer to what was asked for.
    await service.wallet.spend({ wallet: ofHolder("bob"), amount: gold(1n) }, keyed());
    for (const call of [
      () => service.wallet.captureHold({ holdId }, keyed()),
      () => service.wallet.voidHold({ holdId }, keyed()),
      () => service.wallet.extendHold({ holdId, ttl: { seconds: 60n, nanos: 0 } }, keyed()),
    ]) {
      expect(await expectRefused(app, call, "HOLD_EXPIRED")).to.deep.equal({
        hold_id: holdId,
        expire_time: expireTime,
        asset: "gold",
        released_units: "7",
      });
    }
  });

  it("is refused to the call that finds it first, and released by that call", async () => {
    const holdId = await givenHold(app, "bob", "gold", 7n);
    const before = (await service.wallet.getBalance({ wallet: ofHolder("bob"), asset: "gold" })).balance;
    await givenExpired(app, holdId);
    expect(await reasonOf(service.wallet.captureHold({ holdId }, keyed()))).to.equal("HOLD_EXPIRED");
    const after = (await service.wallet.getBalance({ wallet: ofHolder("bob"), asset: "gold" })).balance;
    expect(after?.held?.units).to.equal((before?.held?.units ?? 0n) - 7n);
    expect(after?.version).to.equal((before?.version ?? 0n) + 1n);
  });

  it("is released by whoever freezes its wallet or suspends its holder, before the answer", async () => {
    const { admin } = app.as("operator");
    const wallet = ofHolder("bob");
    const read = async () => (await service.wallet.getBalance({ wallet, asset: "gold" })).balance;
    const steps = [
      () => admin.freezeWallet({ wallet, asset: "gold", reason: "test" }, keyed()),
      () => admin.suspendHolder({ holderId: "bob", reason: "test" }, keyed()),
    ];
    const ids = [await givenHold(app, "bob", "gold", 3n), await givenHold(app, "bob", "gold", 4n)];
    for (const [index, step] of steps.entries()) {
      await givenExpired(app, ids[index] ?? "");
      const before = await read();
      const answer = await step();
      const after = await read();
      expect(after?.version).to.equal((before?.version ?? 0n) + 1n);
      expect(after?.held).to.deep.equal(before?.held);
      if ("wallet" in answer) expect(answer.wallet?.balance).to.deep.equal(after);
    }
    await admin.reactivateHolder({ holderId: "bob", reason: "test" }, keyed());
    await admin.unfreezeWallet({ wallet, asset: "gold", reason: "test" }, keyed());
  });

  it("is released in a frozen wallet too, by SweepExpired, once for each key", async () => {
    const { admin } = app.as("operator");
    const ids = [];
    for (const units of [1n, 2n, 3n]) ids.push(await givenHold(app, "bob", "gold", units));
    await admin.freezeWallet({ wallet: ofHolder("bob"), asset: "gold", reason: "test" }, keyed());
    for (const holdId of ids) await givenExpired(app, holdId);
    const read = (await service.wallet.getBalance({ wallet: ofHolder("bob"), asset: "gold" })).balance;
    const first = await admin.sweepExpired({ maxCount: 2 }, keyed("sweep-1"));
    expect(first).to.include({ expiredHoldCount: 2, staleOperationCount: 0, more: true });
    expect(await admin.sweepExpired({ maxCount: 2 }, keyed("sweep-1"))).to.deep.equal(first);
    expect(await admin.sweepExpired({}, keyed())).to.include({ expiredHoldCount: 1, more: false });
    expect(await admin.sweepExpired({}, keyed())).to.include({ expiredHoldCount: 0, more: false });
    const { balance } = await service.wallet.getBalance({ wallet: ofHolder("bob"), asset: "gold" });
    expect(balance, "a sweep changes nothing that is read").to.deep.equal(read);
    await admin.unfreezeWallet({ wallet: ofHolder("bob"), asset: "gold", reason: "test" }, keyed());
  });

  it("takes a waiver of the floor along that covered it, as a void does", async () => {
    const operator = app.as("operator");
    const ends = {
      expiry: async (holdId: string) => givenExpired(app, holdId),
      void: async (holdId: string) => void (await service.wallet.voidHold({ holdId }, keyed())),
    };
    for (const [way, end] of Object.entries(ends)) {
      const holderId = `holder-of-${way}`;
      await givenHolder(app, holderId);
      await givenFunds(app, "alice", "gold", 50n);
      const transactionId = await givenTransfer(app, { from: "alice", to: holderId }, "gold", 50n);
      const holdId = await givenHold(app, holderId, "gold", 40n);
      const request = { transactionId, allowBelowFloor: true, reason: "test" };
      await operator.wallet.reverseTransaction(request, keyed());
      await end(holdId);
      const read = await service.wallet.getBalance({ wallet: ofHolder(holderId), asset: "gold" });
      expect(read.balance?.available?.units, way).to.equal(0n);
      const spend = () => service.wallet.spend({ wallet: ofHolder(holderId), amount: gold(1n) }, keyed());
      expect(await reasonOf(spend()), way).to.equal("INSUFFICIENT_FUNDS");
      const after = await service.wallet.getBalance({ wallet: ofHolder(holderId), asset: "gold" });
      expect(after.balance, way).to.deep.equal(read.balance);
    }
  });

  it("is swept in bounded numbers, at the word of an operator only", async () => {
    const { admin } = app.as("operator");
    for (const maxCount of [-1, 10_001]) {
      await expectRefused(app, () => admin.sweepExpired({ maxCount }, keyed()), "INVALID_FIELD");
    }
    await admin.sweepExpired({ maxCount: 5 }, keyed("sweep-2"));
    await expectRefused(
      app,
      () => admin.sweepExpired({ maxCount: 6 }, keyed("sweep-2")),
      "IDEMPOTENCY_KEY_REUSED",
    );
    await expectRefused(app, () => app.as("service").admin.sweepExpired({}, keyed()), "ROLE_REQUIRED");
  });

  it("is counted once when it is released, by a movement as well as by SweepExpired", async () => {
    const counted = async () => (await figuresOf(app, "wallet_holds_expired_total"))[""] ?? 0;
    const before = await counted();
    for (const release of [
      () => givenFunds(app, "alice", "gold", 1n),
      () => app.as("operator").admin.sweepExpired({}, keyed()),
    ]) {
      await givenExpired(app, await givenHold(app, "alice", "gold", 1n));
      await release();
      await app.as("operator").admin.sweepExpired({}, keyed());
    }
    expect((await counted()) - before).to.equal(2);
  });
});
