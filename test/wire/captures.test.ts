import { expect } from "chai";
import { HoldState } from "../../src/gen/wallet/v1/hold_pb.js";
import { TransactionState, TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import { expectSound, keyed, startApp, type TestApp, type TestClients } from "../support/app.js";
import { dumpLedger } from "../support/dump.js";
import { givenAsset, givenFunds, givenHold, givenHolder, ofHolder, ofWallet } from "../support/given.js";
import { expectRefused } from "../support/unmoved.js";

const noWallet = "01900000-0000-7000-8000-000000000000";

describe("a capture", () => {
  let app: TestApp;
  let service: TestClients;
  let aliceWallet: string;
  let bobWallet: string;

  before(async () => {
    app = await startApp();
    service = app.as("service", "orders");
    await givenAsset(app, "gold");
    await givenAsset(app, "silver");
    for (const id of ["alice", "bob", "carol"]) await givenHolder(app, id);
    aliceWallet = await givenFunds(app, "alice", "gold", 1_000n);
    bobWallet = await givenFunds(app, "bob", "gold", 1n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const gold = (units: bigint) => ({ asset: "gold", units });
  const toHolder = (holderId: string, amount?: { asset: string; units: bigint }) => ({
    target: { case: "wallet" as const, value: ofHolder(holderId) },
    ...(amount && { amount }),
  });
  const toRevenue = (amount?: { asset: string; units: bigint }) => ({
    target: { case: "systemRole" as const, value: SystemRole.REVENUE },
    ...(amount && { amount }),
  });
  const revenueWallet = async () => {
    const { wallets } = await service.wallet.listWallets({ asset: "gold", systemRole: SystemRole.REVENUE });
    return wallets[0]?.id ?? "";
  };
  const aliceBalance = async () => {
    const { balance } = await service.wallet.getBalance({ wallet: ofWallet(aliceWallet) });
    return [balance?.posted?.units ?? 0n, balance?.held?.units ?? 0n, balance?.available?.units ?? 0n];
  };
  const refused = (call: () => Promise<unknown>, reason: string) => expectRefused(app, call, reason);

  it("takes all that the hold holds to REVENUE, with one change of the wallet for posting and hold", async () => {
    const [posted = 0n, held = 0n, available = 0n] = await aliceBalance();
    const holdId = await givenHold(app, "alice", "gold", 30n);
    const answer = await service.wallet.captureHold(
      { holdId, description: "checked out", metadata: { room: "7" }, externalReference: "capture-1" },
      keyed(),
    );
    const { transaction, hold, balances } = answer;
    expect(transaction).to.include({
      type: TransactionType.CAPTURE,
      state: TransactionState.POSTED,
      holdId,
      sourceWalletId: aliceWallet,
      destinationWalletId: await revenueWallet(),
      onBehalfOf: "alice",
      description: "checked out",
      externalReference: "capture-1",
    });
    expect(transaction?.amount).to.include(gold(30n));
    expect(transaction?.postings.map(({ amount }) => amount?.units)).to.deep.equal([-30n, 30n]);
    expect(hold).to.include({ id: holdId, state: HoldState.CAPTURED });
    expect([hold?.captured?.units, hold?.released?.units]).to.deep.equal([30n, 0n]);
    expect(hold?.resolveTime).not.to.equal(undefined);
    expect(await aliceBalance()).to.deep.equal([posted - 30n, held, available - 30n]);
    const { balance } = await service.wallet.getBalance({ wallet: ofWallet(aliceWallet) });
    expect(balances[0]?.balance).to.deep.equal(balance);
    expect(transaction?.postings[0]?.version).to.equal(balance?.version);
    expect((await service.wallet.getHold({ holdId })).hold).to.deep.equal(hold);
    const listed = await service.wallet.listTransactions({ types: [TransactionType.CAPTURE] });
    expect(listed.transactions[0]).to.deep.equal(transaction);
  });

  it("takes part of it many times, until it is used up", async () => {
    const holdId = await givenHold(app, "alice", "gold", 10n);
    const states = [];
    for (const units of [3n, 3n, 4n]) {
      const { hold } = await service.wallet.captureHold({ holdId, amount: gold(units) }, keyed());
      states.push([hold?.state, hold?.captured?.units]);
    }
    expect(states).to.deep.equal([
      [HoldState.ACTIVE, 3n],
      [HoldState.ACTIVE, 6n],
      [HoldState.CAPTURED, 10n],
    ]);
    const again = () => service.wallet.captureHold({ holdId, amount: gold(1n) }, keyed());
    expect(await refused(again, "HOLD_RESOLVED")).to.deep.equal({
      hold_id: holdId,
      state: "CAPTURED",
      asset: "gold",
      captured_units: "10",
      released_units: "0",
    });
  });

  it("releases the rest when it is the final one", async () => {
    const [posted = 0n, held, available = 0n] = await aliceBalance();
    const holdId = await givenHold(app, "alice", "gold", 10n);
    const { hold } = await service.wallet.captureHold({ holdId, amount: gold(4n), final: true }, keyed());
    expect(hold).to.include({ state: HoldState.CAPTURED });
    expect([hold?.captured?.units, hold?.released?.units]).to.deep.equal([4n, 6n]);
    expect(await aliceBalance()).to.deep.equal([posted - 4n, held, available - 4n]);
  });

  it("pays several wallets, opening those that are not there, and leaves the fee to the one without amount", async () => {
    const holdId = await givenHold(app, "alice", "gold", 100n);
    const splits = [toHolder("bob", gold(70n)), toRevenue(), toHolder("carol", gold(20n))];
    const { transaction, hold, balances } = await service.wallet.captureHold({ holdId, splits }, keyed());
    const { wallets } = await service.wallet.listWallets({ holderId: "carol" });
    expect(transaction).to.include({ destinationWalletId: "", sourceWalletId: aliceWallet });
    expect(transaction?.postings.map(({ walletId, amount }) => [walletId, amount?.units])).to.deep.equal([
      [aliceWallet, -100n],
      [bobWallet, 70n],
      [await revenueWallet(), 10n],
      [wallets[0]?.id, 20n],
    ]);
    expect(balances).to.have.length(4);
    expect(hold?.state).to.equal(HoldState.CAPTURED);
  });

  it("captures the sum of the splits where each names its amount", async () => {
    const holdId = await givenHold(app, "alice", "gold", 100n);
    const splits = [toHolder("bob", gold(5n)), toRevenue(gold(2n))];
    const { hold, transaction } = await service.wallet.captureHold({ holdId, splits, final: true }, keyed());
    expect(transaction?.amount?.units).to.equal(7n);
    expect([hold?.captured?.units, hold?.released?.units]).to.deep.equal([7n, 93n]);
  });

  it("is made once for a key, and answered again with the hold as it was then", async () => {
    const holdId = await givenHold(app, "alice", "gold", 10n);
    const request = { holdId, amount: gold(4n), splits: [toHolder("bob")] };
    const first = await service.wallet.captureHold(request, keyed("capture-once"));
    await service.wallet.captureHold({ holdId }, keyed());
    const named = { target: { case: "wallet" as const, value: ofWallet(bobWallet.toUpperCase()) } };
    const again = { ...request, holdId: holdId.toUpperCase(), splits: [named] };
    const before = await dumpLedger(app.database.ownerUrl);
    expect(await service.wallet.captureHold(again, keyed("capture-once"))).to.deep.equal(first);
    expect(await dumpLedger(app.database.ownerUrl)).to.equal(before);
    const other = { ...request, final: true };
    await refused(() => service.wallet.captureHold(other, keyed("capture-once")), "IDEMPOTENCY_KEY_REUSED");
  });

  it("only says what would happen when it is to be validated", async () => {
    const holdId = await givenHold(app, "alice", "gold", 10n);
    const before = await dumpLedger(app.database.ownerUrl);
    const request = { holdId, amount: gold(4n), final: true, validateOnly: true };
    const { transaction, hold } = await service.wallet.captureHold(request, keyed());
    expect(transaction).to.include({ id: "", state: TransactionState.POSTED });
    expect(hold).to.include({ id: holdId, state: HoldState.CAPTURED });
    expect(await dumpLedger(app.database.ownerUrl)).to.equal(before);
    await service.wallet.voidHold({ holdId }, keyed());
  });

  it("cannot take more than the hold still holds", async () => {
    const holdId = await givenHold(app, "alice", "gold", 10n);
    await service.wallet.captureHold({ holdId, amount: gold(4n) }, keyed());
    const figures = { hold_id: holdId, asset: "gold", held_units: "6" };
    const more = () => service.wallet.captureHold({ holdId, amount: gold(7n) }, keyed("over"));
    expect(await refused(more, "HOLD_AMOUNT_EXCEEDED")).to.deep.equal({ ...figures, requested_units: "7" });
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "over" });
    expect(operation?.transaction).to.include({
      type: TransactionType.CAPTURE,
      state: TransactionState.REFUSED,
      refusedReason: "HOLD_AMOUNT_EXCEEDED",
      holdId,
    });
    const named = { holdId, splits: [toHolder("bob", gold(9n))] };
    expect(
      await refused(() => service.wallet.captureHold(named, keyed()), "HOLD_AMOUNT_EXCEEDED"),
    ).to.deep.equal({ ...figures, requested_units: "9" });
    const nothingLeft = { holdId, splits: [toHolder("bob", gold(6n)), toRevenue()] };
    expect(
      await refused(() => service.wallet.captureHold(nothingLeft, keyed()), "HOLD_AMOUNT_EXCEEDED"),
    ).to.deep.equal({ ...figures, requested_units: "7" });
    await service.wallet.voidHold({ holdId }, keyed());
  });

  it("needs splits that sum to its amount and leave something to the one without", async () => {
    const holdId = await givenHold(app, "alice", "gold", 10n);
    const capture = (splits: ReturnType<typeof toHolder>[]) => () =>
      service.wallet.captureHold({ holdId, amount: gold(6n), splits }, keyed("unbalanced"));
    for (const [units, splits] of [
      [5n, [toHolder("bob", gold(3n)), toHolder("carol", gold(2n))]],
      [6n, [toHolder("bob", gold(6n)), toHolder("carol")]],
    ] as const) {
      expect(await refused(capture([...splits]), "LEGS_UNBALANCED")).to.deep.equal({
        amount_units: "6",
        splits_units: `${units}`,
      });
    }
    // The key is still free.
    await capture([toHolder("bob", gold(5n)), toHolder("carol")])();
    await service.wallet.voidHold({ holdId }, keyed());
  });

  it("names each wallet once, and not that of the hold", async () => {
    const holdId = await givenHold(app, "alice", "gold", 10n);
    const own = { holdId, splits: [toHolder("alice")] };
    expect(await refused(() => service.wallet.captureHold(own, keyed()), "SAME_WALLET")).to.deep.equal({
      wallet_id: aliceWallet,
    });
    const twice = { holdId, splits: [toHolder("bob", gold(1n)), toHolder("bob")] };
    expect(await refused(() => service.wallet.captureHold(twice, keyed()), "SAME_WALLET")).to.deep.equal({
      wallet_id: bobWallet,
    });
    const ofNoHold = { ...twice, holdId: "0197a000-0000-7000-8000-000000000000" };
    expect(await refused(() => service.wallet.captureHold(ofNoHold, keyed()), "SAME_WALLET")).to.deep.equal({
      wallet_id: bobWallet,
    });
    await service.wallet.voidHold({ holdId }, keyed());
  });

  it("tells of what its splits name wrongly: a holder before a wallet, and that before an asset", async () => {
    const holdId = await givenHold(app, "alice", "gold", 10n);
    const silverWallet = await givenFunds(app, "bob", "silver", 1n);
    const toWallet = (id: string, units: bigint) => ({
      target: { case: "wallet" as const, value: ofWallet(id) },
      amount: gold(units),
    });
    const splits = [toWallet(silverWallet, 1n), toWallet(noWallet, 2n), toHolder("nobody", gold(3n))];
    const capture = (count: number) => () =>
      service.wallet.captureHold({ holdId, splits: splits.slice(0, count) }, keyed());
    expect(await refused(capture(3), "HOLDER_NOT_FOUND")).to.deep.equal({ holder_id: "nobody" });
    expect(await refused(capture(2), "WALLET_NOT_FOUND")).to.deep.equal({ wallet_id: noWallet });
    expect(await refused(capture(1), "ASSET_MISMATCH")).to.deep.equal({
      wallet_id: silverWallet,
      asset: "gold",
    });
    const inSilver = () =>
      service.wallet.captureHold({ holdId, amount: { asset: "silver", units: 1n } }, keyed());
    expect(await refused(inSilver, "ASSET_MISMATCH")).to.deep.equal({
      wallet_id: aliceWallet,
      asset: "silver",
    });
    await service.wallet.voidHold({ holdId }, keyed());
  });
});
