import { expect } from "chai";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { TransactionState, TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import { holderWalletId, systemWalletId } from "../../src/ledger/wallet.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { dumpLedger } from "../support/dump.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";
import { type LegInit, legOf, legOfWallet, systemLeg } from "../support/legs.js";

describe("compound transactions that do not fit", () => {
  let app: TestApp;
  let service: TestClients;
  let operator: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service", "shop");
    operator = app.as("operator");
    for (const asset of ["gold", "tin", "lead"]) await givenAsset(app, asset);
    for (const holder of ["alice", "bob", "carol", "dave", "erin"]) await givenHolder(app, holder);
    for (const holder of ["alice", "bob"])
      for (const asset of ["gold", "tin"]) await givenFunds(app, holder, asset, 1_000n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  /** Refused for this reason, with nothing moved; returns its metadata. */
  async function expectRefused(
    reason: string,
    request: Parameters<TestClients["wallet"]["postTransaction"]>[0],
  ): Promise<Record<string, string>> {
    const before = await dumpLedger(app.database.ownerUrl);
    const refusal = await refusalOf(service.wallet.postTransaction(request, keyed()));
    expect(refusal.reason).to.equal(reason);
    expect(await dumpLedger(app.database.ownerUrl), "nothing moved").to.equal(before);
    return refusal.metadata;
  }

  it("are refused when an asset does not balance, with what is left over of each", async () => {
    const metadata = await expectRefused("LEGS_UNBALANCED", {
      legs: [legOf("alice", "gold", -10n), legOf("bob", "gold", 9n), legOf("bob", "tin", 4n)],
      exchanges: [{ sold: { asset: "gold", units: 2n }, bought: { asset: "lead", units: 5n } }],
    });
    expect(metadata).to.deep.equal({
      unbalanced_assets: "3",
      sum_units_gold: "1",
      sum_units_tin: "4",
      sum_units_lead: "-5",
    });
  });

  it("name at most 16 assets that do not balance, and say how many there are", async () => {
    const legs = Array.from({ length: 20 }, (_, index) => legOf("alice", `ore_${index}`, 1n));
    const metadata = await expectRefused("LEGS_UNBALANCED", { legs });
    expect(metadata.unbalanced_assets).to.equal("20");
    expect(Object.keys(metadata).filter((key) => key.startsWith("sum_units_"))).to.have.length(16);
  });

  it("are refused when two legs change one wallet, however it is named", async () => {
    const wallet = holderWalletId("gold", "alice");
    const legs = [
      legOf("alice", "gold", -2n),
      legOf("bob", "gold", 1n),
      legOfWallet(wallet.toUpperCase(), "gold", 1n),
    ];
    expect(await expectRefused("SAME_WALLET", { legs })).to.deep.equal({
      wallet_id: wallet,
      first_leg: "0",
      second_leg: "2",
    });
  });

  it("name every bad field, by leg and by exchange", async () => {
    const refusal = await refusalOf(
      service.wallet.postTransaction(
        {
          legs: [
            { amount: { asset: "gold", units: 1n } },
            legOf("alice", "gold", 0n),
            legOf("alice", "Gold!", 1n),
            systemLeg(SystemRole.TREASURY, "gold", 1n),
            legOfWallet(systemWalletId("gold", "FX"), "gold", -1n),
            legOf("bob", "gold", -(2n ** 63n), -1n),
            { target: { case: "wallet", value: ofHolder("dave") } },
          ],
          exchanges: [
            { sold: { asset: "gold", units: 0n }, bought: { asset: "gold", units: 1n }, rate: "1" },
            {},
          ],
        },
        keyed(),
      ),
    );
    expect(refusal.reason).to.equal("INVALID_FIELD");
    expect(refusal.fields).to.deep.equal([
      "legs[0]",
      "legs[1].amount.units",
      "legs[2].amount.asset",
      "legs[3].system_role",
      "legs[4].wallet",
      "legs[5].amount.units",
      "legs[5].expected_version",
      "legs[6].amount",
      "legs[6].amount.asset",
      "exchanges[0].sold.units",
      "exchanges[0].bought.asset",
      "exchanges[0].rate",
      "exchanges[1].sold",
      "exchanges[1].bought",
    ]);
  });

  it("take 100 legs and 10 exchanges, and not one more", async () => {
    const holders = Array.from({ length: 99 }, (_, index) => `crowd-${index}`);
    await Promise.all(holders.map((holder) => givenHolder(app, holder)));
    const exchange = { sold: { asset: "gold", units: 1n }, bought: { asset: "gold", units: 1n } };
    const legs = [legOf("alice", "gold", -99n), ...holders.map((holder) => legOf(holder, "gold", 1n))];
    const exchanges = Array.from({ length: 5 }, () => [
      { sold: exchange.sold, bought: { asset: "lead", units: 2n } },
      { sold: { asset: "lead", units: 2n }, bought: exchange.bought },
    ]).flat();
    const { transaction } = await service.wallet.postTransaction({ legs, exchanges }, keyed());
    expect(transaction?.postings).to.have.length(120);
    const tooMany = await refusalOf(
      service.wallet.postTransaction(
        { legs: [...legs, legOf("bob", "gold", 1n)], exchanges: [...exchanges, exchange] },
        keyed(),
      ),
    );
    expect(tooMany.fields).to.include.members(["legs", "exchanges"]);
    expect((await refusalOf(service.wallet.postTransaction({}, keyed()))).fields).to.deep.equal(["legs"]);
  });

  it("answer a hundred bad legs with as many violations as fit into HTTP trailers", async () => {
    const legs = Array.from({ length: 100 }, () => legOf("", "x".repeat(200), 0n));
    const overHttp = app.overHttp("service", "shop", "grpc-web");
    for (const client of [service, overHttp]) {
      const refusal = await refusalOf(client.wallet.postTransaction({ legs }, keyed()));
      expect(refusal).to.include({ code: "InvalidArgument", reason: "INVALID_FIELD" });
      expect(refusal.fields).to.have.length(16);
    }
  });

  it("are refused for what is missing or does not fit, by name", async () => {
    const toBob = (units: bigint, asset = "gold") => legOf("bob", asset, units);
    const cases: [string, LegInit[], Record<string, string>][] = [
      ["ASSET_NOT_FOUND", [legOf("alice", "none", -1n), toBob(1n, "none")], { asset: "none" }],
      ["HOLDER_NOT_FOUND", [legOf("nobody", "gold", -1n), toBob(1n)], { holder_id: "nobody" }],
      [
        "WALLET_NOT_FOUND",
        [legOfWallet("00000000-0000-5000-8000-000000000000", "gold", -1n), toBob(1n)],
        { wallet_id: "00000000-0000-5000-8000-000000000000" },
      ],
      [
        "ASSET_MISMATCH",
        [legOfWallet(holderWalletId("tin", "alice"), "gold", -1n), toBob(1n)],
        { wallet_id: holderWalletId("tin", "alice"), asset: "gold" },
      ],
      [
        "INSUFFICIENT_FUNDS",
        [legOf("erin", "gold", -1n), toBob(1n)],
        { available_units: "0", shortfall_units: "1", wallet_id: holderWalletId("gold", "erin") },
      ],
      [
        "VERSION_MISMATCH",
        [legOf("erin", "gold", 1n, 4n), toBob(-1n)],
        { expected_version: "4", current_version: "0" },
      ],
    ];
    for (const [reason, legs, metadata] of cases)
      expect(await expectRefused(reason, { legs })).to.include(metadata);
  });

  it("are refused when a balance would not fit into 64 bits", async () => {
    await givenAsset(app, "sand");
    const full = await givenFunds(app, "carol", "sand", 2n ** 63n - 1n);
    const legs = [systemLeg(SystemRole.PROMOTIONS, "sand", -1n), legOf("carol", "sand", 1n)];
    expect(await expectRefused("BALANCE_OVERFLOW", { legs })).to.deep.equal({
      wallet_id: full,
      asset: "sand",
      requested_units: "1",
      units_max: `${2n ** 63n - 1n}`,
    });
  });

  it("are refused for the state of any wallet, its holder or its asset, and recorded", async () => {
    const legs = [legOf("alice", "gold", -1n), legOf("bob", "gold", 1n)];
    const bob = { wallet: ofHolder("bob"), asset: "gold", reason: "test" };
    const admin = app.as("admin");
    await operator.admin.freezeWallet(bob, keyed());
    expect(await expectRefused("WALLET_FROZEN", { legs })).to.deep.equal({
      wallet_id: holderWalletId("gold", "bob"),
    });
    await operator.admin.unfreezeWallet(bob, keyed());
    await operator.admin.suspendHolder({ holderId: "bob", reason: "test" }, keyed());
    expect(await expectRefused("HOLDER_SUSPENDED", { legs })).to.deep.equal({ holder_id: "bob" });
    await operator.admin.reactivateHolder({ holderId: "bob", reason: "test" }, keyed());
    await admin.admin.freezeAsset({ code: "gold", reason: "test" }, keyed());
    expect(await expectRefused("ASSET_FROZEN", { legs })).to.deep.equal({ asset: "gold" });
    await admin.admin.unfreezeAsset({ code: "gold", reason: "test" }, keyed());
    await givenHolder(app, "closed");
    await service.wallet.createWallet({ holderId: "closed", asset: "gold" }, keyed());
    await operator.admin.closeWallet({ wallet: ofHolder("closed"), asset: "gold", reason: "test" }, keyed());
    await expectRefused("WALLET_CLOSED", {
      legs: [legOf("alice", "gold", -1n), legOf("closed", "gold", 1n)],
    });
  });

  it("are refused for a limit of any leg, and the refusal is replayed", async () => {
    const limits = { wallet: ofHolder("alice"), asset: "gold", reason: "test", dailyLimitUnits: 0n };
    await operator.admin.setWalletLimits(limits, keyed());
    const legs = [legOf("bob", "gold", 1n), legOf("alice", "gold", -1n)];
    expect(await expectRefused("LIMIT_EXCEEDED", { legs })).to.include({
      limit: "daily",
      wallet_id: holderWalletId("gold", "alice"),
      requested_units: "1",
      headroom_units: "0",
    });
    const first = await refusalOf(service.wallet.postTransaction({ legs }, keyed("limited")));
    const { dailyLimitUnits: _, ...unlimited } = limits;
    await operator.admin.setWalletLimits(unlimited, keyed());
    const again = await refusalOf(service.wallet.postTransaction({ legs }, keyed("limited")));
    expect(again).to.deep.equal({ ...first, replayed: true });
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "limited" });
    expect(operation).to.include({ state: OperationState.REFUSED, errorReason: "LIMIT_EXCEEDED" });
    expect(operation?.transaction).to.include({
      type: TransactionType.COMPOUND,
      state: TransactionState.REFUSED,
    });
  });

  it("use an external reference up in every asset they touch", async () => {
    const of = (asset: string, externalReference: string) => ({
      legs: [legOf("alice", asset, -1n), legOf("bob", asset, 1n)],
      externalReference,
    });
    const both = {
      legs: [...of("gold", "").legs, ...of("tin", "").legs],
      externalReference: "two",
    };
    const { transaction } = await service.wallet.postTransaction(both, keyed());
    for (const asset of ["gold", "tin"]) {
      const metadata = await expectRefused("EXTERNAL_REFERENCE_USED", of(asset, "two"));
      expect(metadata).to.deep.equal({
        external_reference: "two",
        asset,
        type: "COMPOUND",
        transaction_id: transaction?.id,
      });
    }
    await service.wallet.postTransaction(of("tin", "three"), keyed());
    await expectRefused("EXTERNAL_REFERENCE_USED", { ...both, externalReference: "three" });
    await service.wallet.postTransaction(of("gold", "three"), keyed());
  });
});
