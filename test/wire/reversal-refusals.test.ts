import { expect } from "chai";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { TransactionState, TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { amountMax } from "../../src/ledger/amount.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import {
  givenAsset,
  givenFunds,
  givenHolder,
  givenSpend,
  givenTransfer,
  ofHolder,
} from "../support/given.js";
import { onServer } from "../support/postgres.js";
import { refusalThatMovesNothing } from "../support/unmoved.js";

const nobodys = "01900000-0000-7000-8000-000000000000";
const gold = (units: bigint) => ({ asset: "gold", units });

describe("reversals are refused, and move nothing,", () => {
  let app: TestApp;
  let service: TestClients;
  let operator: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    operator = app.as("operator");
    await givenAsset(app, "gold");
    await givenHolder(app, "alice");
    await givenFunds(app, "alice", "gold", 1_000n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const reverse = (transactionId: string, more: object = {}, key = keyed()) =>
    operator.wallet.reverseTransaction({ transactionId, reason: "x", ...more }, key);
  const refused = (transactionId: string, more: object = {}) =>
    refusalThatMovesNothing(app, () => reverse(transactionId, more));

  it("with wrong fields, each of them named once", async () => {
    const refusal = await refused("7", { reason: "", externalReference: "x".repeat(65) });
    expect(refusal).to.include({ code: "InvalidArgument", reason: "INVALID_FIELD" });
    expect(refusal.fields).to.deep.equal(["transaction_id", "reason", "external_reference"]);
    expect((await refused(nobodys, { reason: "x".repeat(501) })).fields).to.deep.equal(["reason"]);
  });

  it("of a transaction that does not exist, and stay so under their key", async () => {
    const call = () => reverse(nobodys, {}, keyed("reverse-nothing"));
    const refusal = await refusalThatMovesNothing(app, call);
    expect(refusal).to.deep.include({
      code: "NotFound",
      reason: "TRANSACTION_NOT_FOUND",
      metadata: { transaction_id: nobodys },
    });
    expect(await refusalOf(call())).to.deep.equal({ ...refusal, replayed: true });
  });

  it("the second time, naming the first, which a refused transaction records", async () => {
    const spend = await givenSpend(app, "alice", "gold", 10n);
    const { transaction } = await reverse(spend);
    const call = () => reverse(spend, {}, keyed("reverse-again"));
    expect(await refusalThatMovesNothing(app, call)).to.deep.include({
      code: "FailedPrecondition",
      reason: "ALREADY_REVERSED",
      metadata: { transaction_id: spend, reversed_by_transaction_id: transaction?.id },
    });
    const { operation } = await operator.wallet.getOperation({ idempotencyKey: "reverse-again" });
    expect(operation?.state).to.equal(OperationState.REFUSED);
    expect(operation?.transaction).to.include({
      type: TransactionType.REVERSAL,
      state: TransactionState.REFUSED,
      originalTransactionId: spend,
      refusedReason: "ALREADY_REVERSED",
      onBehalfOf: "alice",
    });
  });

  it("of a refund, a reversal, and a transaction that was itself refused", async () => {
    const spend = await givenSpend(app, "alice", "gold", 10n);
    const refund = await service.wallet.refundTransaction({ transactionId: spend }, keyed());
    const reversal = await reverse(await givenSpend(app, "alice", "gold", 10n));
    const broke = { wallet: ofHolder("alice"), amount: gold(amountMax) };
    await refusalOf(service.wallet.spend(broke, keyed("too-poor")));
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "too-poor" });
    const originals = {
      "REFUND POSTED": refund.transaction?.id,
      "REVERSAL POSTED": reversal.transaction?.id,
      "SPEND REFUSED": operation?.transaction?.id,
    };
    for (const [what, id = ""] of Object.entries(originals)) {
      const [type = "", state = ""] = what.split(" ");
      expect(await refused(id), what).to.deep.include({
        code: "FailedPrecondition",
        reason: "NOT_REFUNDABLE",
        metadata: { transaction_id: id, type, state },
      });
    }
  });

  it("after a refund, with what was refunded and what is left", async () => {
    const spend = await givenSpend(app, "alice", "gold", 10n);
    await service.wallet.refundTransaction({ transactionId: spend, amount: gold(4n) }, keyed());
    expect(await refused(spend)).to.deep.include({
      code: "FailedPrecondition",
      reason: "NOT_REFUNDABLE",
      metadata: {
        transaction_id: spend,
        type: "SPEND",
        state: "POSTED",
        asset: "gold",
        amount_units: "10",
        refunded_units: "4",
        refundable_units: "6",
      },
    });
  });

  it("while the asset is frozen", async () => {
    await givenAsset(app, "ice");
    await givenFunds(app, "alice", "ice", 10n);
    const spend = await givenSpend(app, "alice", "ice", 10n);
    await app.as("admin").admin.freezeAsset({ code: "ice", reason: "audit" }, keyed());
    expect(await refused(spend)).to.deep.include({
      code: "FailedPrecondition",
      reason: "ASSET_FROZEN",
      metadata: { asset: "ice" },
    });
  });

  for (const [side, stopped] of [
    ["that gives back", "dave"],
    ["that gets it back", "erin"],
  ] as const) {
    it(`while the holder or the wallet ${side} is stopped`, async () => {
      const other = `other of ${stopped}`;
      for (const id of [stopped, other]) await givenHolder(app, id);
      const [from, to] = side === "that gives back" ? [other, stopped] : [stopped, other];
      await givenFunds(app, from, "gold", 10n);
      const transfer = await givenTransfer(app, { from, to }, "gold", 10n);
      const wallet = ofHolder(stopped);
      const { wallet: found } = await service.wallet.getWallet({ wallet, asset: "gold" });
      const walletId = found?.id ?? "";
      const stopping = { code: "FailedPrecondition", metadata: { wallet_id: walletId } };

      await operator.admin.suspendHolder({ holderId: stopped, reason: "x" }, keyed());
      expect(await refused(transfer)).to.deep.include({
        code: "FailedPrecondition",
        reason: "HOLDER_SUSPENDED",
        metadata: { holder_id: stopped },
      });
      await operator.admin.reactivateHolder({ holderId: stopped, reason: "x" }, keyed());
      await operator.admin.freezeWallet({ wallet, asset: "gold", reason: "x" }, keyed());
      expect(await refused(transfer)).to.deep.include({ ...stopping, reason: "WALLET_FROZEN" });
      await operator.admin.unfreezeWallet({ wallet, asset: "gold", reason: "x" }, keyed());
      const setStatus = (status: string) =>
        onServer(app.database.ownerUrl, "update wallets set status = $1 where id = $2", [status, walletId]);
      await setStatus("CLOSED");
      expect(await refused(transfer)).to.deep.include({ ...stopping, reason: "WALLET_CLOSED" });
      await setStatus("ACTIVE");
      expect((await reverse(transfer)).transaction?.state).to.equal(TransactionState.POSTED);
    });
  }

  it("under an external reference that another reversal has", async () => {
    const [one, two] = [
      await givenSpend(app, "alice", "gold", 1n),
      await givenSpend(app, "alice", "gold", 1n),
    ];
    const { transaction } = await reverse(one, { externalReference: "case-1" });
    expect(await refused(two, { externalReference: "case-1" })).to.deep.include({
      code: "AlreadyExists",
      reason: "EXTERNAL_REFERENCE_USED",
      metadata: {
        external_reference: "case-1",
        asset: "gold",
        type: "REVERSAL",
        transaction_id: transaction?.id,
      },
    });
  });

  it("when a wallet would fall below its floor and nobody allowed it", async () => {
    await givenHolder(app, "frank");
    const { transaction } = await service.wallet.topUp(
      { wallet: ofHolder("frank"), amount: gold(100n) },
      keyed(),
    );
    await givenSpend(app, "frank", "gold", 80n);
    expect(await refused(transaction?.id ?? "")).to.deep.include({
      code: "FailedPrecondition",
      reason: "INSUFFICIENT_FUNDS",
      metadata: {
        wallet_id: transaction?.destinationWalletId,
        asset: "gold",
        available_units: "20",
        requested_units: "100",
        shortfall_units: "80",
      },
    });
  });

  it("past the ceiling of a wallet that gets something back", async () => {
    await givenHolder(app, "grace");
    const walletId = await givenFunds(app, "grace", "gold", 10n);
    const spend = await givenSpend(app, "grace", "gold", 10n);
    const limits = { wallet: ofHolder("grace"), asset: "gold", reason: "risk" };
    await operator.admin.setWalletLimits({ ...limits, maxBalanceUnits: 9n }, keyed());
    expect(await refused(spend)).to.deep.include({
      code: "FailedPrecondition",
      reason: "LIMIT_EXCEEDED",
      metadata: {
        limit: "max_balance",
        limit_units: "9",
        requested_units: "10",
        headroom_units: "9",
        wallet_id: walletId,
        asset: "gold",
      },
    });
    await operator.admin.setWalletLimits({ ...limits, maxBalanceUnits: 10n }, keyed());
    expect((await reverse(spend)).transaction?.originalTransactionId).to.equal(spend);
  });

  it("when a balance would pass 64 bits, whatever floor is waived", async () => {
    await givenAsset(app, "vast");
    const amount = { asset: "vast", units: 10n };
    await service.wallet.grantBonus({ wallet: ofHolder("alice"), amount }, keyed());
    const spend = await givenSpend(app, "alice", "vast", 10n);
    const walletId = await givenFunds(app, "alice", "vast", amountMax);
    expect(await refused(spend, { allowBelowFloor: true })).to.deep.include({
      code: "FailedPrecondition",
      reason: "BALANCE_OVERFLOW",
      metadata: { wallet_id: walletId, asset: "vast", requested_units: "10", units_max: `${amountMax}` },
    });
  });
});
