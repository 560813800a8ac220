import { expect } from "chai";
import { WalletStatus } from "../../src/gen/wallet/v1/wallet_pb.js";
import { holderWalletId, systemRoles, systemWalletId } from "../../src/ledger/wallet.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { dumpLedger } from "../support/dump.js";
import { givenAsset, givenFunds, givenHolder, ofHolder, ofWallet } from "../support/given.js";

describe("closing a wallet", () => {
  let app: TestApp;
  let service: TestClients;
  let operator: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    operator = app.as("operator");
    await givenAsset(app, "gold");
    for (const holder of ["alice", "bob", "carol"]) await givenHolder(app, holder);
    await givenFunds(app, "alice", "gold", 10n);
    await givenFunds(app, "bob", "gold", 10n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const alice = { wallet: ofHolder("alice"), asset: "gold", reason: "left" };
  const amount = { asset: "gold", units: 10n };

  async function expectRefused(reason: string, call: () => Promise<unknown>) {
    const before = await dumpLedger(app.database.ownerUrl);
    const refusal = await refusalOf(call());
    expect(refusal.reason).to.equal(reason);
    expect(await dumpLedger(app.database.ownerUrl), "nothing moved").to.equal(before);
    return refusal;
  }

  it("that is not empty is refused with what is in it, and stays refused under its key", async () => {
    const refusal = await expectRefused("WALLET_NOT_EMPTY", () =>
      operator.admin.closeWallet(alice, keyed("close")),
    );
    expect(refusal.metadata).to.deep.equal({
      wallet_id: holderWalletId("gold", "alice"),
      asset: "gold",
      posted_units: "10",
      held_units: "0",
    });
    await service.wallet.withdraw({ wallet: ofHolder("alice"), amount }, keyed());
    const again = await refusalOf(operator.admin.closeWallet(alice, keyed("close")));
    expect(again).to.deep.equal({ ...refusal, replayed: true });
  });

  it("that owes is refused like one that has", async () => {
    const bob = { wallet: ofHolder("bob"), asset: "gold", reason: "credit" };
    await operator.admin.setWalletLimits({ ...bob, minBalanceUnits: -5n }, keyed());
    await service.wallet.withdraw({ wallet: ofHolder("bob"), amount: { ...amount, units: 12n } }, keyed());
    const refusal = await expectRefused("WALLET_NOT_EMPTY", () => operator.admin.closeWallet(bob, keyed()));
    expect(refusal.metadata).to.include({ posted_units: "-2" });
  });

  it("at a version it no longer has is refused", async () => {
    const refusal = await expectRefused("VERSION_MISMATCH", () =>
      operator.admin.closeWallet({ ...alice, expectedVersion: 1n }, keyed()),
    );
    expect(refusal.metadata).to.include({ expected_version: "1", current_version: "2" });
  });

  it("that is empty is final: it takes nothing, gives nothing, and cannot be thawed or limited", async () => {
    const { wallet } = await operator.admin.closeWallet({ ...alice, expectedVersion: 2n }, keyed("final"));
    expect(wallet).to.include({ status: WalletStatus.CLOSED });
    expect(wallet?.balance?.version).to.equal(3n);
    const replayed = await operator.admin.closeWallet({ ...alice, expectedVersion: 2n }, keyed("final"));
    expect(replayed.wallet).to.deep.equal(wallet);
    const closed = [
      () => service.wallet.topUp({ wallet: ofHolder("alice"), amount }, keyed()),
      () => service.wallet.spend({ wallet: ofHolder("alice"), amount }, keyed()),
      () => operator.admin.freezeWallet(alice, keyed()),
      () => operator.admin.unfreezeWallet(alice, keyed()),
      () => operator.admin.setWalletLimits(alice, keyed()),
    ];
    for (const call of closed) await expectRefused("WALLET_CLOSED", call);
    await givenFunds(app, "carol", "gold", 10n);
    await expectRefused("DESTINATION_UNAVAILABLE", () =>
      service.wallet.transfer({ source: ofHolder("carol"), destination: ofHolder("alice"), amount }, keyed()),
    );
    await expectRefused("WALLET_EXISTS", () =>
      service.wallet.createWallet({ holderId: "alice", asset: "gold" }, keyed()),
    );
  });

  it("that is closed already succeeds and changes nothing", async () => {
    const before = await dumpLedger(app.database.ownerUrl);
    const { wallet } = await operator.admin.closeWallet(alice, keyed());
    expect(wallet).to.include({ status: WalletStatus.CLOSED });
    expect(await dumpLedger(app.database.ownerUrl)).to.equal(before);
  });

  it("of the system is refused, and so is one that does not exist", async () => {
    for (const role of systemRoles) {
      const refusal = await expectRefused("INVALID_FIELD", () =>
        operator.admin.closeWallet(
          { wallet: ofWallet(systemWalletId("gold", role)), asset: "gold", reason: "no" },
          keyed(),
        ),
      );
      expect(refusal.fields).to.deep.equal(["wallet"]);
    }
    await givenHolder(app, "dave");
    const close = (request: object) => () => operator.admin.closeWallet({ ...alice, ...request }, keyed());
    await expectRefused("ASSET_NOT_FOUND", close({ asset: "none" }));
    await expectRefused("HOLDER_NOT_FOUND", close({ wallet: ofHolder("nobody") }));
    await expectRefused("WALLET_NOT_FOUND", close({ wallet: ofHolder("dave") }));
    await givenAsset(app, "ore");
    await expectRefused(
      "ASSET_MISMATCH",
      close({ wallet: ofWallet(holderWalletId("gold", "bob")), asset: "ore" }),
    );
    const refusal = await expectRefused("INVALID_FIELD", close({ reason: "", expectedVersion: -1n }));
    expect(refusal.fields).to.deep.equal(["reason", "expected_version"]);
  });
});
