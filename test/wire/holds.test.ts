import { expect } from "chai";
import { HoldState } from "../../src/gen/wallet/v1/hold_pb.js";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import {
  expectSound,
  keyed,
  reasonOf,
  refusalOf,
  startApp,
  type TestApp,
  type TestClients,
} from "../support/app.js";
import { dumpLedger } from "../support/dump.js";
import { givenAsset, givenFunds, givenHold, givenHolder, ofHolder, ofWallet } from "../support/given.js";
import { expectRefused } from "../support/unmoved.js";

const noHold = "01900000-0000-7000-8000-000000000000";

describe("holds over the wire", () => {
  let app: TestApp;
  let service: TestClients;
  let aliceWallet: string;

  before(async () => {
    app = await startApp();
    service = app.as("service", "orders");
    await givenAsset(app, "gold");
    await givenAsset(app, "silver");
    for (const id of ["alice", "bob", "carol", "dora"]) await givenHolder(app, id);
    aliceWallet = await givenFunds(app, "alice", "gold", 1_000n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const gold = (units: bigint) => ({ asset: "gold", units });
  const balanceOf = async (holderId: string) => {
    const { balance } = await service.wallet.getBalance({ wallet: ofHolder(holderId), asset: "gold" });
    const { posted, held, available, version } = balance ?? {};
    return { posted: posted?.units, held: held?.units, available: available?.units, version };
  };
  const refused = (call: () => Promise<unknown>, reason: string) => expectRefused(app, call, reason);

  it("set an amount aside: it stays posted, and is no longer available", async () => {
    const before = await balanceOf("alice");
    const { hold, balances } = await service.wallet.authorizeHold(
      {
        wallet: ofHolder("alice"),
        amount: gold(30n),
        ttl: { seconds: 60n, nanos: 0 },
        description: "a room",
        metadata: { room: "7" },
        externalReference: "booking-1",
      },
      keyed(),
    );
    expect(hold).to.include({
      walletId: aliceWallet,
      state: HoldState.ACTIVE,
      externalReference: "booking-1",
      description: "a room",
      initiatedBy: "wallet|service|orders",
      onBehalfOf: "alice",
      voidReason: "",
    });
    expect(hold?.resolveTime).to.equal(undefined);
    expect(hold?.metadata).to.deep.equal({ room: "7" });
    expect([hold?.amount?.units, hold?.captured?.units, hold?.released?.units]).to.deep.equal([30n, 0n, 0n]);
    const { createTime, expireTime } = hold ?? {};
    expect((expireTime?.seconds ?? 0n) - (createTime?.seconds ?? 0n)).to.equal(60n);
    const after = await balanceOf("alice");
    expect(after).to.deep.equal({
      posted: before.posted,
      held: (before.held ?? 0n) + 30n,
      available: (before.available ?? 0n) - 30n,
      version: (before.version ?? 0n) + 1n,
    });
    expect(balances.map(({ balance }) => balance?.version)).to.deep.equal([after.version]);
    expect((await service.wallet.getHold({ holdId: hold?.id ?? "" })).hold).to.deep.equal(hold);
  });

  it("last 7 days unless another time is asked for", async () => {
    const request = { wallet: ofHolder("alice"), amount: gold(1n) };
    const { hold } = await service.wallet.authorizeHold(request, keyed());
    const { createTime, expireTime } = hold ?? {};
    expect((expireTime?.seconds ?? 0n) - (createTime?.seconds ?? 0n)).to.equal(7n * 86_400n);
  });

  it("are made once for a key, and answered again as they were made", async () => {
    const request = { wallet: ofHolder("alice"), amount: gold(2n) };
    const first = await service.wallet.authorizeHold(request, keyed("hold-once"));
    const holdId = first.hold?.id ?? "";
    const voided = await service.wallet.voidHold({ holdId, reason: "no more" }, keyed("void-once"));
    const seen = await balanceOf("alice");
    const replays: (string | null)[] = [];
    const onHeader = (headers: Headers) => replays.push(headers.get("idempotency-replayed"));
    expect(await service.wallet.authorizeHold(request, { ...keyed("hold-once"), onHeader })).to.deep.equal(
      first,
    );
    expect(
      await service.wallet.voidHold({ holdId, reason: "no more" }, { ...keyed("void-once"), onHeader }),
    ).to.deep.equal(voided);
    expect(replays).to.deep.equal(["true", "true"]);
    expect(await balanceOf("alice")).to.deep.equal(seen);
    expect(
      await reasonOf(service.wallet.authorizeHold({ ...request, amount: gold(3n) }, keyed("hold-once"))),
    ).to.equal("IDEMPOTENCY_KEY_REUSED");
  });

  it("only say what would happen when they are to be validated", async () => {
    const before = await dumpLedger(app.database.ownerUrl);
    const { hold, balances } = await service.wallet.authorizeHold(
      { wallet: ofHolder("alice"), amount: gold(5n), externalReference: "dry", validateOnly: true },
      keyed("dry"),
    );
    expect(hold).to.include({ id: "", state: HoldState.ACTIVE });
    expect(balances).to.have.length(1);
    expect(await dumpLedger(app.database.ownerUrl)).to.equal(before);
    expect(await reasonOf(service.wallet.getOperation({ idempotencyKey: "dry" }))).to.equal(
      "OPERATION_NOT_FOUND",
    );
  });

  it("cannot set aside more than is available", async () => {
    const { available = 0n } = await balanceOf("alice");
    const request = { wallet: ofHolder("alice"), amount: gold(available + 7n) };
    const metadata = await refused(
      () => service.wallet.authorizeHold(request, keyed("too-much")),
      "INSUFFICIENT_FUNDS",
    );
    expect(metadata).to.deep.equal({
      wallet_id: aliceWallet,
      asset: "gold",
      available_units: `${available}`,
      requested_units: `${available + 7n}`,
      shortfall_units: "7",
    });
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "too-much" });
    expect(operation).to.include({
      state: OperationState.REFUSED,
      errorReason: "INSUFFICIENT_FUNDS",
      resourceId: "",
    });
    expect(operation?.transaction).to.equal(undefined);
    const spend = () =>
      service.wallet.spend({ wallet: ofHolder("alice"), amount: gold(available + 1n) }, keyed());
    expect(await refused(spend, "INSUFFICIENT_FUNDS")).to.include({ shortfall_units: "1" });
  });

  it("name their reference once for ever, voided or not", async () => {
    const request = { wallet: ofHolder("alice"), amount: gold(1n), externalReference: "only-once" };
    const { hold } = await service.wallet.authorizeHold(request, keyed());
    await service.wallet.voidHold({ holdId: hold?.id ?? "" }, keyed());
    const metadata = await refused(
      () => service.wallet.authorizeHold(request, keyed()),
      "EXTERNAL_REFERENCE_USED",
    );
    expect(metadata).to.deep.equal({
      external_reference: "only-once",
      asset: "gold",
      type: "HOLD",
      hold_id: hold?.id,
    });
    // Among transactions it is still free.
    await service.wallet.spend(request, keyed());
  });

  it("are refused, each for its reason, before anything is set aside", async () => {
    const authorize = (more: object) => () =>
      service.wallet.authorizeHold({ wallet: ofHolder("bob"), amount: gold(1n), ...more }, keyed());
    const asset = { amount: { asset: "bronze", units: 1n } };
    expect(await refused(authorize(asset), "ASSET_NOT_FOUND")).to.deep.equal({ asset: "bronze" });
    expect(await refused(authorize({ wallet: ofHolder("nobody") }), "HOLDER_NOT_FOUND")).to.deep.equal({
      holder_id: "nobody",
    });
    expect(await refused(authorize({ wallet: ofWallet(noHold) }), "WALLET_NOT_FOUND")).to.deep.equal({
      wallet_id: noHold,
    });
    const mismatch = authorize({ wallet: ofWallet(aliceWallet), amount: { asset: "silver", units: 1n } });
    expect(await refused(mismatch, "ASSET_MISMATCH")).to.deep.equal({
      wallet_id: aliceWallet,
      asset: "silver",
    });
    const { version = 0n } = await balanceOf("alice");
    const stale = authorize({ wallet: ofHolder("alice"), expectedVersion: version + 1n });
    expect(await refused(stale, "VERSION_MISMATCH")).to.deep.equal({
      wallet_id: aliceWallet,
      expected_version: `${version + 1n}`,
      current_version: `${version}`,
    });
  });

  it("are not made in a frozen asset, for a suspended holder or in a frozen wallet", async () => {
    const { admin } = app.as("admin");
    const dora = await givenFunds(app, "dora", "gold", 10n);
    const authorize = () =>
      service.wallet.authorizeHold({ wallet: ofHolder("dora"), amount: gold(1n) }, keyed());
    await admin.freezeWallet({ wallet: ofWallet(dora), reason: "test" }, keyed());
    expect(await refused(authorize, "WALLET_FROZEN")).to.deep.equal({ wallet_id: dora });
    await admin.suspendHolder({ holderId: "dora", reason: "test" }, keyed());
    expect(await refused(authorize, "HOLDER_SUSPENDED")).to.deep.equal({ holder_id: "dora" });
    await admin.freezeAsset({ code: "gold", reason: "test" }, keyed());
    expect(await refused(authorize, "ASSET_FROZEN")).to.deep.equal({ asset: "gold" });
    await admin.unfreezeAsset({ code: "gold", reason: "test" }, keyed());
    await admin.reactivateHolder({ holderId: "dora", reason: "test" }, keyed());
    await admin.unfreezeWallet({ wallet: ofWallet(dora), reason: "test" }, keyed());
  });

  it("give back what was not captured when they are voided, even in a frozen wallet", async () => {
    const { admin } = app.as("admin");
    const before = await balanceOf("alice");
    const holdId = await givenHold(app, "alice", "gold", 40n);
    await service.wallet.captureHold({ holdId, amount: gold(15n) }, keyed());
    await admin.freezeWallet({ wallet: ofWallet(aliceWallet), reason: "test" }, keyed());
    const { hold, balances } = await service.wallet.voidHold({ holdId, reason: "changed mind" }, keyed());
    await admin.unfreezeWallet({ wallet: ofWallet(aliceWallet), reason: "test" }, keyed());
    expect(hold).to.include({ state: HoldState.VOIDED, voidReason: "changed mind" });
    expect([hold?.captured?.units, hold?.released?.units]).to.deep.equal([15n, 25n]);
    expect(hold?.resolveTime).not.to.equal(undefined);
    expect(balances.map(({ balance }) => balance?.held?.units)).to.deep.equal([before.held]);
    expect(await balanceOf("alice")).to.include({
      posted: (before.posted ?? 0n) - 15n,
      held: before.held,
      available: (before.available ?? 0n) - 15n,
    });
    for (const again of [
      () => service.wallet.voidHold({ holdId }, keyed()),
      () => service.wallet.captureHold({ holdId }, keyed()),
      () => service.wallet.extendHold({ holdId, ttl: { seconds: 60n, nanos: 0 } }, keyed()),
    ]) {
      expect(await refused(again, "HOLD_RESOLVED")).to.deep.equal({
        hold_id: holdId,
        state: "VOIDED",
        asset: "gold",
        captured_units: "15",
        released_units: "25",
      });
    }
  });

  it("that do not exist are not found, which their key keeps", async () => {
    const holdId = noHold;
    const ttl = { seconds: 60n, nanos: 0 };
    const calls = {
      captureHold: () =>
        service.wallet.captureHold({ holdId, externalReference: "lost" }, keyed("lost-capture")),
      voidHold: () => service.wallet.voidHold({ holdId }, keyed("lost-void")),
      extendHold: () => service.wallet.extendHold({ holdId, ttl }, keyed("lost-extend")),
    };
    for (const [rpc, call] of Object.entries(calls)) {
      expect(await refused(call, "HOLD_NOT_FOUND"), rpc).to.deep.equal({ hold_id: noHold });
      expect((await refusalOf(call())).replayed, rpc).to.equal(true);
    }
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "lost-capture" });
    expect(operation).to.include({ state: OperationState.REFUSED, errorReason: "HOLD_NOT_FOUND" });
    expect(await reasonOf(service.wallet.getHold({ holdId }))).to.equal("HOLD_NOT_FOUND");
  });

  it("are told by GetOperation: the hold that was made, and the transaction that a capture posted", async () => {
    const request = { wallet: ofHolder("alice"), amount: gold(4n) };
    const { hold } = await service.wallet.authorizeHold(request, keyed("told-hold"));
    const { transaction } = await service.wallet.captureHold(
      { holdId: hold?.id ?? "" },
      keyed("told-capture"),
    );
    const made = await service.wallet.getOperation({ idempotencyKey: "told-hold" });
    expect(made.operation).to.include({
      state: OperationState.SUCCEEDED,
      resourceId: hold?.id,
      requestId: hold?.requestId,
    });
    expect(made.operation?.transaction).to.equal(undefined);
    const posted = await service.wallet.getOperation({ idempotencyKey: "told-capture" });
    expect(posted.operation).to.include({ state: OperationState.SUCCEEDED, resourceId: transaction?.id });
    expect(posted.operation?.transaction).to.deep.equal(transaction);
  });
});
