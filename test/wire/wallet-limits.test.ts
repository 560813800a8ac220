import { expect } from "chai";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { holderWalletId, systemWalletId } from "../../src/ledger/wallet.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { dumpLedger } from "../support/dump.js";
import { givenAsset, givenFunds, givenHolder, ofHolder, ofWallet } from "../support/given.js";

describe("limits over the wire", () => {
  let app: TestApp;
  let service: TestClients;
  let operator: TestClients;
  let admin: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    operator = app.as("operator");
    admin = app.as("admin");
    await givenAsset(app, "gold");
    for (const holder of ["alice", "bob", "carol"]) {
      await givenHolder(app, holder);
      await givenFunds(app, holder, "gold", 1_000n);
    }
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const alice = { wallet: ofHolder("alice"), asset: "gold", reason: "risk" };
  const spend = (holder: string, units: bigint, key?: string) =>
    service.wallet.spend({ wallet: ofHolder(holder), amount: { asset: "gold", units } }, keyed(key));
  const versionOf = async (holder: string) => {
    const { balance } = await service.wallet.getBalance({ wallet: ofHolder(holder), asset: "gold" });
    return balance?.version ?? 0n;
  };

  /** Refused for this reason, with nothing moved and nothing changed. */
  async function expectRefused(reason: string, call: () => Promise<unknown>) {
    const before = await dumpLedger(app.database.ownerUrl);
    const refusal = await refusalOf(call());
    expect(refusal.reason).to.equal(reason);
    expect(await dumpLedger(app.database.ownerUrl), "nothing moved").to.equal(before);
    return refusal;
  }

  it("are set all at once, raise the version, and are answered with the wallet", async () => {
    const version = await versionOf("alice");
    const limits = {
      minBalanceUnits: -100n,
      maxBalanceUnits: 5_000n,
      transactionLimitUnits: 300n,
      dailyLimitUnits: 400n,
    };
    const { wallet } = await operator.admin.setWalletLimits(
      { ...alice, ...limits, expectedVersion: version },
      keyed("limits"),
    );
    expect(wallet).to.include(limits);
    expect(wallet?.balance).to.deep.include({ version: version + 1n });
    expect(wallet?.balance?.available?.units).to.equal(1_100n);
    const read = await service.wallet.getWallet({ wallet: ofHolder("alice"), asset: "gold" });
    expect(read.wallet).to.deep.equal(wallet);
    const { operation } = await operator.wallet.getOperation({ idempotencyKey: "limits" });
    expect(operation).to.include({ state: OperationState.SUCCEEDED, resourceId: wallet?.id });
  });

  it("refuse what passes them with the figures, and say the same again under the same key", async () => {
    const first = await expectRefused("LIMIT_EXCEEDED", () => spend("alice", 301n, "over"));
    expect(first).to.include({ code: "FailedPrecondition", replayed: false });
    expect(first.metadata).to.deep.equal({
      limit: "transaction",
      limit_units: "300",
      requested_units: "301",
      headroom_units: "300",
      wallet_id: holderWalletId("gold", "alice"),
      asset: "gold",
    });
    await spend("alice", 300n);
    const daily = await expectRefused("LIMIT_EXCEEDED", () => spend("alice", 101n));
    expect(daily.metadata).to.include({ limit: "daily", limit_units: "400", headroom_units: "100" });
    await spend("alice", 100n);
    const full = await expectRefused("LIMIT_EXCEEDED", () =>
      service.wallet.topUp({ wallet: ofHolder("alice"), amount: { asset: "gold", units: 4_401n } }, keyed()),
    );
    expect(full.metadata).to.include({ limit: "max_balance", headroom_units: "4400" });
    expect(await refusalOf(spend("alice", 301n, "over"))).to.deep.equal({ ...first, replayed: true });
  });

  it("of the other side's wallet are not shown to who pays into it", async () => {
    const pay = (units: bigint) =>
      app
        .as("holder", "bob")
        .wallet.transfer({ destination: ofHolder("alice"), amount: { asset: "gold", units } }, keyed());
    await givenFunds(app, "bob", "gold", 9_000n);
    const refusal = await expectRefused("DESTINATION_UNAVAILABLE", () => pay(4_401n));
    expect(refusal.metadata).to.deep.equal({});
    await pay(1n);
  });

  it("that are left out are removed, and the same ones again change nothing", async () => {
    const { wallet } = await operator.admin.setWalletLimits(alice, keyed());
    expect(wallet).to.include({ minBalanceUnits: 0n });
    expect(wallet?.maxBalanceUnits).to.equal(undefined);
    expect(wallet?.transactionLimitUnits).to.equal(undefined);
    expect(wallet?.dailyLimitUnits).to.equal(undefined);
    await spend("alice", 500n);
    const version = await versionOf("alice");
    const again = await operator.admin.setWalletLimits(alice, keyed());
    expect(again.wallet?.balance?.version).to.equal(version);
  });

  it("are refused by name: what is missing, what does not match, a stale version, a floor that is too high", async () => {
    const version = await versionOf("bob");
    const bob = { wallet: ofHolder("bob"), asset: "gold", reason: "risk" };
    const set = (request: object) => () => operator.admin.setWalletLimits({ ...bob, ...request }, keyed());
    await expectRefused("ASSET_NOT_FOUND", set({ asset: "none" }));
    await expectRefused("HOLDER_NOT_FOUND", set({ wallet: ofHolder("nobody") }));
    await givenHolder(app, "new");
    await expectRefused("WALLET_NOT_FOUND", set({ wallet: ofHolder("new") }));
    await givenAsset(app, "ore");
    await expectRefused(
      "ASSET_MISMATCH",
      set({ wallet: ofWallet(holderWalletId("gold", "bob")), asset: "ore" }),
    );
    const stale = await expectRefused("VERSION_MISMATCH", set({ expectedVersion: version + 1n }));
    expect(stale.metadata).to.include({
      expected_version: `${version + 1n}`,
      current_version: `${version}`,
    });
    const high = await expectRefused("INSUFFICIENT_FUNDS", set({ minBalanceUnits: 50_000n }));
    expect(high.metadata).to.include({ requested_units: "50000", asset: "gold" });
  });

  it("that make no sense name their fields", async () => {
    const refusal = await expectRefused("INVALID_FIELD", () =>
      operator.admin.setWalletLimits(
        {
          minBalanceUnits: -(2n ** 63n),
          maxBalanceUnits: -(2n ** 63n),
          transactionLimitUnits: -1n,
          dailyLimitUnits: -1n,
          expectedVersion: -1n,
        },
        keyed(),
      ),
    );
    expect(refusal.fields).to.deep.equal([
      "asset",
      "wallet",
      "reason",
      "min_balance_units",
      "transaction_limit_units",
      "daily_limit_units",
      "expected_version",
    ]);
    const ceiling = await expectRefused("INVALID_FIELD", () =>
      operator.admin.setWalletLimits({ ...alice, minBalanceUnits: 5n, maxBalanceUnits: 4n }, keyed()),
    );
    expect(ceiling.fields).to.deep.equal(["max_balance_units"]);
  });

  it("of a system wallet are its floor alone, and TREASURY has none", async () => {
    const promotions = ofWallet(systemWalletId("gold", "PROMOTIONS"));
    const set = (wallet: typeof promotions, more: object = {}) =>
      operator.admin.setWalletLimits({ wallet, reason: "budget", ...more }, keyed());
    const { wallet } = await set(promotions, { minBalanceUnits: -7n });
    expect(wallet).to.include({ minBalanceUnits: -7n });
    const bonus = (units: bigint) =>
      service.wallet.grantBonus({ wallet: ofHolder("carol"), amount: { asset: "gold", units } }, keyed());
    await expectRefused("INSUFFICIENT_FUNDS", () => bonus(8n));
    await bonus(7n);
    const cases = [{ maxBalanceUnits: 1n }, { transactionLimitUnits: 1n }, { dailyLimitUnits: 1n }];
    for (const more of cases) {
      const refusal = await expectRefused("INVALID_FIELD", () =>
        set(promotions, { minBalanceUnits: -7n, ...more }),
      );
      expect(refusal.fields).to.have.length(1);
    }
    const treasury = ofWallet(systemWalletId("gold", "TREASURY"));
    const refusal = await expectRefused("INVALID_FIELD", () => set(treasury));
    expect(refusal.fields).to.deep.equal(["wallet"]);
  });

  it("of an asset hold for every holder's wallet, until they are removed", async () => {
    const update = (request: object, key?: string) =>
      admin.admin.updateAsset({ code: "gold", ...request }, keyed(key));
    const { asset } = await update(
      { limits: { transactionLimitUnits: 50n, dailyLimitUnits: 60n } },
      "asset-limits",
    );
    expect(asset).to.include({ name: "gold", transactionLimitUnits: 50n, dailyLimitUnits: 60n });
    const refusal = await expectRefused("LIMIT_EXCEEDED", () => spend("carol", 51n));
    expect(refusal.metadata).to.include({ limit: "asset_transaction", headroom_units: "50" });
    await spend("carol", 50n);
    const daily = await expectRefused("LIMIT_EXCEEDED", () => spend("carol", 11n));
    expect(daily.metadata).to.include({ limit: "asset_daily", limit_units: "60", headroom_units: "10" });
    expect((await service.wallet.getAsset({ code: "gold" })).asset).to.include({ dailyLimitUnits: 60n });
    const renamed = await update({ name: "Gold" });
    expect(renamed.asset).to.include({ name: "Gold", transactionLimitUnits: 50n });
    const one = await update({ limits: { dailyLimitUnits: 60n } });
    expect(one.asset?.transactionLimitUnits, "what is absent in limits is removed").to.equal(undefined);
    const none = await update({ limits: {} });
    expect(none.asset?.dailyLimitUnits).to.equal(undefined);
    await spend("carol", 51n);
    const replayed = await update(
      { limits: { transactionLimitUnits: 50n, dailyLimitUnits: 60n } },
      "asset-limits",
    );
    expect(replayed.asset).to.deep.equal(asset);
    const kept = await refusalOf(update({}, "asset-limits"));
    expect(kept.reason).to.equal("IDEMPOTENCY_KEY_REUSED");
    const negative = await refusalOf(update({ limits: { dailyLimitUnits: -1n } }));
    expect(negative.fields).to.deep.equal(["limits.daily_limit_units"]);
  });
});
