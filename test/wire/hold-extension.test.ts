import { expect } from "chai";
import { HoldState } from "../../src/gen/wallet/v1/hold_pb.js";
import { expectSound, keyed, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenFunds, givenHold, givenHolder, ofWallet } from "../support/given.js";
import { expectRefused } from "../support/unmoved.js";

describe("a hold that is extended", () => {
  let app: TestApp;
  let service: TestClients;
  let aliceWallet: string;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    await givenAsset(app, "gold");
    await givenHolder(app, "alice");
    aliceWallet = await givenFunds(app, "alice", "gold", 100n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const balance = async () => (await service.wallet.getBalance({ wallet: ofWallet(aliceWallet) })).balance;

  it("lasts longer, and never shorter", async () => {
    const holdId = await givenHold(app, "alice", "gold", 1n);
    const before = await balance();
    const { hold: made } = await service.wallet.getHold({ holdId });
    const shorter = await service.wallet.extendHold({ holdId, ttl: { seconds: 60n, nanos: 0 } }, keyed());
    expect(shorter.hold).to.deep.equal(made);
    const ttl = { seconds: 30n * 86_400n, nanos: 0 };
    const longer = await service.wallet.extendHold({ holdId, ttl }, keyed("longer"));
    const lasts = (longer.hold?.expireTime?.seconds ?? 0n) - (made?.createTime?.seconds ?? 0n);
    expect(lasts >= 30n * 86_400n, `${lasts} seconds`).to.equal(true);
    expect(longer.hold?.state).to.equal(HoldState.ACTIVE);
    expect((await service.wallet.getHold({ holdId })).hold).to.deep.equal(longer.hold);
    expect(await service.wallet.extendHold({ holdId, ttl }, keyed("longer"))).to.deep.equal(longer);
    expect(await balance(), "the wallet does not change").to.deep.equal(before);
  });

  it("is not extended while their wallet, holder or asset is stopped", async () => {
    const { admin } = app.as("admin");
    const holdId = await givenHold(app, "alice", "gold", 1n);
    const extend = () =>
      service.wallet.extendHold({ holdId, ttl: { seconds: 2_000_000n, nanos: 0 } }, keyed());
    await admin.freezeWallet({ wallet: ofWallet(aliceWallet), reason: "test" }, keyed());
    expect(await expectRefused(app, extend, "WALLET_FROZEN")).to.deep.equal({ wallet_id: aliceWallet });
    await admin.suspendHolder({ holderId: "alice", reason: "test" }, keyed());
    expect(await expectRefused(app, extend, "HOLDER_SUSPENDED")).to.deep.equal({ holder_id: "alice" });
    await admin.freezeAsset({ code: "gold", reason: "test" }, keyed());
    expect(await expectRefused(app, extend, "ASSET_FROZEN")).to.deep.equal({ asset: "gold" });
    await service.wallet.voidHold({ holdId }, keyed());
    await admin.unfreezeAsset({ code: "gold", reason: "test" }, keyed());
    await admin.reactivateHolder({ holderId: "alice", reason: "test" }, keyed());
    await admin.unfreezeWallet({ wallet: ofWallet(aliceWallet), reason: "test" }, keyed());
  });
});
