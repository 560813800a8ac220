import { expect } from "chai";
import { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import { systemWalletId } from "../../src/ledger/wallet.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenFunds, givenHold, givenHolder, ofHolder, ofWallet } from "../support/given.js";
import { onServer } from "../support/postgres.js";
import { expectRefused } from "../support/unmoved.js";

describe("a capture that is stopped", () => {
  let app: TestApp;
  let service: TestClients;
  let admin: TestClients["admin"];
  let aliceWallet: string;
  let bobWallet: string;
  let holdId: string;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    ({ admin } = app.as("admin"));
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
    aliceWallet = await givenFunds(app, "alice", "gold", 1_000n);
    bobWallet = await givenFunds(app, "bob", "gold", 1n);
    holdId = await givenHold(app, "alice", "gold", 100n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const gold = (units: bigint) => ({ asset: "gold", units });
  const because = { reason: "test" };
  const capture = (more: object = {}) =>
    service.wallet.captureHold({ holdId, amount: gold(1n), ...more }, keyed());
  const toBob = { splits: [{ target: { case: "wallet" as const, value: ofHolder("bob") } }] };
  const refused = (call: () => Promise<unknown>, reason: string) => expectRefused(app, call, reason);

  it("is so by a frozen asset, a suspended holder and a frozen wallet, in this order", async () => {
    const wallet = ofWallet(aliceWallet);
    await admin.freezeWallet({ wallet, ...because }, keyed());
    expect(await refused(capture, "WALLET_FROZEN")).to.deep.equal({ wallet_id: aliceWallet });
    await admin.suspendHolder({ holderId: "alice", ...because }, keyed());
    expect(await refused(capture, "HOLDER_SUSPENDED")).to.deep.equal({ holder_id: "alice" });
    await admin.freezeAsset({ code: "gold", ...because }, keyed());
    expect(await refused(capture, "ASSET_FROZEN")).to.deep.equal({ asset: "gold" });
    await admin.unfreezeAsset({ code: "gold", ...because }, keyed());
    await admin.reactivateHolder({ holderId: "alice", ...because }, keyed());
    await admin.unfreezeWallet({ wallet, ...because }, keyed());
    await capture();
  });

  it("is so by a closed wallet, which also holds nothing new", async () => {
    const setStatus = (status: string) =>
      onServer(app.database.ownerUrl, "update wallets set status = $2 where id = $1", [aliceWallet, status]);
    await setStatus("CLOSED");
    expect(await refused(capture, "WALLET_CLOSED")).to.deep.equal({ wallet_id: aliceWallet });
    const authorize = () =>
      service.wallet.authorizeHold({ wallet: ofHolder("alice"), amount: gold(1n) }, keyed());
    expect(await refused(authorize, "WALLET_CLOSED")).to.deep.equal({ wallet_id: aliceWallet });
    await setStatus("ACTIVE");
  });

  it("is so by a destination that cannot take it, of which nothing is told", async () => {
    await admin.freezeWallet({ wallet: ofWallet(bobWallet), ...because }, keyed());
    expect(await refused(() => capture(toBob), "DESTINATION_UNAVAILABLE")).to.deep.equal({});
    await admin.unfreezeWallet({ wallet: ofWallet(bobWallet), ...because }, keyed());
    await admin.suspendHolder({ holderId: "bob", ...because }, keyed());
    expect(await refused(() => capture(toBob), "DESTINATION_UNAVAILABLE")).to.deep.equal({});
    await admin.reactivateHolder({ holderId: "bob", ...because }, keyed());
    await capture(toBob);
  });

  it("is so by TREASURY as a destination, which only withdrawals give to", async () => {
    const treasury = ofWallet(systemWalletId("gold", "TREASURY"));
    const splits = [{ target: { case: "wallet" as const, value: treasury } }];
    expect(await refused(() => capture({ splits }), "INVALID_FIELD")).to.deep.equal({
      fields: "splits[0].wallet",
    });
  });

  it("is so by a reference that another capture has, but not by that of a spend", async () => {
    const externalReference = "invoice-7";
    await service.wallet.spend({ wallet: ofHolder("alice"), amount: gold(1n), externalReference }, keyed());
    const { transaction } = await capture({ externalReference });
    expect(await refused(() => capture({ externalReference }), "EXTERNAL_REFERENCE_USED")).to.deep.equal({
      external_reference: externalReference,
      asset: "gold",
      type: "CAPTURE",
      transaction_id: transaction?.id,
    });
  });

  it("is so by another version of the hold's wallet than the caller expects", async () => {
    const { balance } = await service.wallet.getBalance({ wallet: ofWallet(aliceWallet) });
    const version = balance?.version ?? 0n;
    expect(await refused(() => capture({ expectedVersion: version - 1n }), "VERSION_MISMATCH")).to.deep.equal(
      {
        wallet_id: aliceWallet,
        expected_version: `${version - 1n}`,
        current_version: `${version}`,
      },
    );
    await capture({ expectedVersion: version });
  });

  it("is so by a balance that would not fit into 64 bits", async () => {
    const unitsMax = 9_223_372_036_854_775_807n;
    await givenAsset(app, "dust");
    await givenFunds(app, "bob", "dust", unitsMax - 3n);
    await service.wallet.withdraw(
      { wallet: ofHolder("bob"), amount: { asset: "dust", units: 100n } },
      keyed(),
    );
    await givenFunds(app, "alice", "dust", 100n);
    const dustHold = await givenHold(app, "alice", "dust", 100n);
    // As many units as there may be are out already, so the way to more of them in one wallet is a raised balance.
    const { wallets } = await service.wallet.listWallets({ holderId: "bob", asset: "dust" });
    const [wallet] = wallets;
    const raise = (units: bigint) =>
      onServer(app.database.ownerUrl, "update wallets set balance = balance + $2 where id = $1", [
        wallet?.id,
        `${units}`,
      ]);
    await raise(100n);
    const over = () => service.wallet.captureHold({ holdId: dustHold, ...toBob }, keyed());
    expect(await refused(over, "BALANCE_OVERFLOW")).to.deep.equal({
      wallet_id: wallet?.id,
      asset: "dust",
      requested_units: "100",
      units_max: `${unitsMax}`,
    });
    await raise(-100n);
  });

  it("is refused with every wrong field before it is looked for", async () => {
    const wrong = await refusalOf(
      service.wallet.captureHold(
        {
          holdId: "hold-1",
          amount: gold(0n),
          splits: [
            { target: { case: "systemRole", value: SystemRole.TREASURY }, amount: gold(-1n) },
            { target: { case: undefined } },
            { target: { case: "wallet", value: ofWallet("w") } },
            { target: { case: "wallet", value: ofHolder("") } },
            { target: { case: "wallet", value: {} } },
          ],
          description: "x".repeat(501),
        },
        keyed(),
      ),
    );
    expect(wrong.reason).to.equal("INVALID_FIELD");
    expect(wrong.fields).to.deep.equal([
      "hold_id",
      "amount.units",
      "splits[0].system_role",
      "splits[0].amount.units",
      "splits[1]",
      "splits[2].wallet.wallet_id",
      "splits[3].wallet.holder_id",
      "splits[4]",
      "splits",
      "description",
    ]);
    const eleven = Array.from({ length: 11 }, (_, index) => ({
      target: { case: "wallet" as const, value: ofHolder(`holder-${index}`) },
      amount: gold(1n),
    }));
    expect(await refusalOf(capture({ splits: eleven }))).to.deep.include({ fields: ["splits"] });
  });

  it("is not for holders and auditors", async () => {
    for (const caller of [app.as("holder", "alice"), app.as("auditor")]) {
      for (const call of [
        () => caller.wallet.captureHold({ holdId }, keyed()),
        () => caller.wallet.voidHold({ holdId }, keyed()),
        () => caller.wallet.authorizeHold({ wallet: ofHolder("alice"), amount: gold(1n) }, keyed()),
        () => caller.wallet.extendHold({ holdId, ttl: { seconds: 1n, nanos: 0 } }, keyed()),
      ]) {
        await refused(call, "ROLE_REQUIRED");
      }
    }
  });
});
