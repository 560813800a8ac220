import { expect } from "chai";
import { AssetStatus } from "../../src/gen/wallet/v1/asset_pb.js";
import { SystemRole, WalletStatus } from "../../src/gen/wallet/v1/wallet_pb.js";
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

describe("assets and wallets over the wire", () => {
  let app: TestApp;
  let admin: TestClients;
  let service: TestClients;

  before(async () => {
    app = await startApp();
    admin = app.as("admin");
    service = app.as("service");
    await givenAsset(app, "gold");
    await givenHolder(app, "alice");
    await givenHolder(app, "bob");
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  it("makes an asset with its five system wallets", async () => {
    const { asset } = await admin.admin.createAsset({ code: "usd", name: "US Dollar", scale: 2 }, keyed());
    expect(asset).to.include({ code: "usd", name: "US Dollar", scale: 2, status: AssetStatus.ACTIVE });
    const { wallets } = await service.wallet.listWallets({ asset: "usd" });
    expect(wallets.map(({ systemRole }) => systemRole).sort()).to.deep.equal([
      SystemRole.TREASURY,
      SystemRole.REVENUE,
      SystemRole.PROMOTIONS,
      SystemRole.ADJUSTMENTS,
      SystemRole.FX,
    ]);
  });

  it("refuses an asset whose code is taken, and one that is not a slug", async () => {
    expect(await reasonOf(admin.admin.createAsset({ code: "gold", name: "x" }, keyed()))).to.equal(
      "ASSET_EXISTS",
    );
    const refusal = await refusalOf(admin.admin.createAsset({ code: "Gold!", name: "", scale: 10 }, keyed()));
    expect(refusal).to.deep.include({ reason: "INVALID_FIELD", fields: ["code", "name", "scale"] });
  });

  it("renames an asset, finds it and lists it", async () => {
    await admin.admin.updateAsset({ code: "gold", name: "Gold Coins" }, keyed());
    expect((await service.wallet.getAsset({ code: "gold" })).asset?.name).to.equal("Gold Coins");
    const { assets } = await service.wallet.listAssets({ status: AssetStatus.ACTIVE });
    expect(assets.map(({ code }) => code)).to.deep.equal(["usd", "gold"]);
    expect(await reasonOf(service.wallet.getAsset({ code: "silver" }))).to.equal("ASSET_NOT_FOUND");
  });

  it("moves nothing of a frozen asset until it is unfrozen", async () => {
    await admin.admin.freezeAsset({ code: "usd", reason: "audit" }, keyed());
    const topUp = () =>
      service.wallet.topUp({ wallet: ofHolder("alice"), amount: { asset: "usd", units: 1n } }, keyed());
    expect(await refusalOf(topUp())).to.deep.include({ reason: "ASSET_FROZEN", metadata: { asset: "usd" } });
    await admin.admin.unfreezeAsset({ code: "usd", reason: "done" }, keyed());
    await topUp();
  });

  it("opens a wallet once, before its first credit", async () => {
    const { wallet } = await service.wallet.createWallet({ holderId: "bob", asset: "gold" }, keyed());
    expect(wallet).to.include({ holderId: "bob", asset: "gold", status: WalletStatus.ACTIVE });
    expect(wallet?.balance?.version).to.equal(1n);
    const again = await refusalOf(service.wallet.createWallet({ holderId: "bob", asset: "gold" }, keyed()));
    expect(again).to.deep.include({ code: "AlreadyExists", reason: "WALLET_EXISTS" });
    expect(again.metadata.wallet_id).to.equal(wallet?.id);
    expect(
      await reasonOf(service.wallet.createWallet({ holderId: "nobody", asset: "gold" }, keyed())),
    ).to.equal("HOLDER_NOT_FOUND");
    expect(
      await reasonOf(service.wallet.createWallet({ holderId: "bob", asset: "silver" }, keyed())),
    ).to.equal("ASSET_NOT_FOUND");
  });

  it("names a wallet by its holder or by its id", async () => {
    const id = await givenFunds(app, "alice", "gold", 70n);
    const byHolder = await service.wallet.getWallet({ wallet: ofHolder("alice"), asset: "gold" });
    const byId = await service.wallet.getWallet({ wallet: ofWallet(id) });
    expect(byId).to.deep.equal(byHolder);
    expect(await reasonOf(service.wallet.getWallet({ wallet: ofWallet(id), asset: "usd" }))).to.equal(
      "ASSET_MISMATCH",
    );
    expect(await reasonOf(service.wallet.getWallet({ wallet: ofHolder("bob"), asset: "usd" }))).to.equal(
      "WALLET_NOT_FOUND",
    );
  });

  it("moves nothing of a frozen wallet, and tells only its own side why", async () => {
    const operator = app.as("operator");
    await givenFunds(app, "bob", "gold", 10n);
    const named = { wallet: ofHolder("alice"), asset: "gold" };
    const frozen = await operator.admin.freezeWallet({ ...named, reason: "stolen" }, keyed());
    expect(frozen.wallet?.status).to.equal(WalletStatus.FROZEN);
    const amount = { asset: "gold", units: 1n };
    expect(await reasonOf(service.wallet.topUp({ wallet: ofHolder("alice"), amount }, keyed()))).to.equal(
      "WALLET_FROZEN",
    );
    const incoming = service.wallet.transfer(
      { source: ofHolder("bob"), destination: ofHolder("alice"), amount },
      keyed(),
    );
    expect(await refusalOf(incoming)).to.deep.include({ reason: "DESTINATION_UNAVAILABLE", metadata: {} });
    const thawed = await operator.admin.unfreezeWallet({ ...named, reason: "found" }, keyed());
    expect(thawed.wallet?.balance?.version).to.equal((frozen.wallet?.balance?.version ?? 0n) + 1n);
    await service.wallet.topUp({ wallet: ofHolder("alice"), amount }, keyed());
  });
});
