import { expect } from "chai";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
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

describe("refunds are refused, and move nothing,", () => {
  let app: TestApp;
  let service: TestClients;
  let operator: TestClients;
  let bobWallet: string;

  before(async () => {
    app = await startApp();
    service = app.as("service", "shop");
    operator = app.as("operator");
    for (const asset of ["gold", "silver"]) await givenAsset(app, asset);
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
    await givenFunds(app, "alice", "gold", 1_000n);
    bobWallet = await givenFunds(app, "bob", "gold", 1_000n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const refund = (transactionId: string, units?: bigint, more: object = {}) =>
    service.wallet.refundTransaction(
      { transactionId, ...(units === undefined ? {} : { amount: gold(units) }), ...more },
      keyed(),
    );
  const refused = (transactionId: string, units?: bigint, more: object = {}) =>
    refusalThatMovesNothing(app, () => refund(transactionId, units, more));

  it("with fields that are wrong, each of them named", async () => {
    const refusal = await refused("7", 0n, { expectedVersion: -1n, description: "x".repeat(501) });
    expect(refusal).to.include({ code: "InvalidArgument", reason: "INVALID_FIELD" });
    expect(refusal.fields).to.have.members([
      "transaction_id",
      "amount.units",
      "expected_version",
      "description",
    ]);
  });

  it("for a transaction that does not exist, and stay so under their key", async () => {
    const call = () => service.wallet.refundTransaction({ transactionId: nobodys }, keyed("refund-nothing"));
    const refusal = await refusalThatMovesNothing(app, call);
    expect(refusal).to.deep.include({
      code: "NotFound",
      reason: "TRANSACTION_NOT_FOUND",
      metadata: { transaction_id: nobodys },
      replayed: false,
    });
    expect(await refusalOf(call())).to.deep.equal({ ...refusal, replayed: true });
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "refund-nothing" });
    expect(operation).to.include({ state: OperationState.REFUSED, errorReason: "TRANSACTION_NOT_FOUND" });
    expect(operation?.transaction).to.equal(undefined);
  });

  it("in another asset than the original's", async () => {
    const spend = await givenSpend(app, "alice", "gold", 10n);
    const refusal = await refused(spend, undefined, { amount: { asset: "silver", units: 1n } });
    expect(refusal).to.deep.include({
      code: "FailedPrecondition",
      reason: "ASSET_MISMATCH",
      metadata: { transaction_id: spend, transaction_asset: "gold", asset: "silver" },
    });
  });

  it("for a top-up, a refund, a reversal, and a spend that was itself refused", async () => {
    const spend = await givenSpend(app, "alice", "gold", 10n);
    const refundId = (await refund(spend, 1n)).transaction?.id ?? "";
    const { transactions } = await service.wallet.listTransactions({
      holderId: "alice",
      types: [TransactionType.TOP_UP],
    });
    const undone = await givenSpend(app, "alice", "gold", 10n);
    const reversal = await operator.wallet.reverseTransaction(
      { transactionId: undone, reason: "x" },
      keyed(),
    );
    const key = keyed("spend-refused");
    await refusalOf(service.wallet.spend({ wallet: ofHolder("alice"), amount: gold(amountMax) }, key));
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "spend-refused" });
    const originals = {
      "TOP_UP POSTED": transactions[0]?.id,
      "REFUND POSTED": refundId,
      "REVERSAL POSTED": reversal.transaction?.id,
      "SPEND REFUSED": operation?.transaction?.id,
    };
    for (const [what, id = ""] of Object.entries(originals)) {
      const [type = "", state = ""] = what.split(" ");
      expect(await refused(id, 1n), what).to.deep.include({
        code: "FailedPrecondition",
        reason: "NOT_REFUNDABLE",
        metadata: { transaction_id: id, type, state },
      });
    }
  });

  it("after a reversal, which they name", async () => {
    const spend = await givenSpend(app, "alice", "gold", 10n);
    const { transaction } = await operator.wallet.reverseTransaction(
      { transactionId: spend, reason: "double booking" },
      keyed(),
    );
    expect(await refused(spend, 1n)).to.deep.include({
      code: "FailedPrecondition",
      reason: "ALREADY_REVERSED",
      metadata: { transaction_id: spend, reversed_by_transaction_id: transaction?.id },
    });
  });

  it("past the original, with every figure, and when nothing is left", async () => {
    const spend = await givenSpend(app, "alice", "gold", 10n);
    await refund(spend, 4n);
    const figures = { transaction_id: spend, asset: "gold", amount_units: "10" };
    expect(await refused(spend, 7n)).to.deep.include({
      code: "FailedPrecondition",
      reason: "REFUND_AMOUNT_EXCEEDED",
      metadata: { ...figures, refunded_units: "4", refundable_units: "6", requested_units: "7" },
    });
    await refund(spend);
    expect(await refused(spend)).to.deep.include({
      reason: "REFUND_AMOUNT_EXCEEDED",
      metadata: { ...figures, refunded_units: "10", refundable_units: "0" },
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

  for (const [role, stopped] of [
    ["gives back", "dave"],
    ["gets it back", "erin"],
  ] as const) {
    it(`while the holder or the wallet that ${role} is stopped`, async () => {
      const other = `other of ${stopped}`;
      for (const id of [stopped, other]) await givenHolder(app, id);
      const [from, to] = role === "gives back" ? [other, stopped] : [stopped, other];
      await givenFunds(app, from, "gold", 10n);
      const transfer = await givenTransfer(app, { from, to }, "gold", 10n);
      const wallet = ofHolder(stopped);
      const { wallet: found } = await service.wallet.getWallet({ wallet, asset: "gold" });
      const walletId = found?.id ?? "";

      await operator.admin.suspendHolder({ holderId: stopped, reason: "x" }, keyed());
      expect(await refused(transfer)).to.deep.include({
        code: "FailedPrecondition",
        reason: "HOLDER_SUSPENDED",
        metadata: { holder_id: stopped },
      });
      await operator.admin.reactivateHolder({ holderId: stopped, reason: "x" }, keyed());
      await operator.admin.freezeWallet({ wallet, asset: "gold", reason: "x" }, keyed());
      expect(await refused(transfer)).to.deep.include({
        code: "FailedPrecondition",
        reason: "WALLET_FROZEN",
        metadata: { wallet_id: walletId },
      });
      await operator.admin.unfreezeWallet({ wallet, asset: "gold", reason: "x" }, keyed());
      const setStatus = (status: string) =>
        onServer(app.database.ownerUrl, "update wallets set status = $1 where id = $2", [status, walletId]);
      await setStatus("CLOSED");
      expect(await refused(transfer)).to.deep.include({
        code: "FailedPrecondition",
        reason: "WALLET_CLOSED",
        metadata: { wallet_id: walletId },
      });
      await setStatus("ACTIVE");
      expect((await refund(transfer)).refunded?.units).to.equal(10n);
    });
  }

  it("under an external reference that a refund has, but not one that a spend has", async () => {
    const spend = await givenSpend(app, "alice", "gold", 10n);
    const { transaction } = await refund(spend, 1n, { externalReference: "rma-1" });
    expect(await refused(spend, 1n, { externalReference: "rma-1" })).to.deep.include({
      code: "AlreadyExists",
      reason: "EXTERNAL_REFERENCE_USED",
      metadata: {
        external_reference: "rma-1",
        asset: "gold",
        type: "REFUND",
        transaction_id: transaction?.id,
      },
    });
    await service.wallet.spend(
      { wallet: ofHolder("alice"), amount: gold(1n), externalReference: "rma-2" },
      keyed(),
    );
    expect((await refund(spend, 1n, { externalReference: "rma-2" })).refunded?.units).to.equal(2n);
  });

  it("when the wallet that gives back has another version than expected", async () => {
    const transfer = await givenTransfer(app, { from: "alice", to: "bob" }, "gold", 10n);
    const bob = await service.wallet.getBalance({ wallet: ofHolder("bob"), asset: "gold" });
    const version = bob.balance?.version ?? 0n;
    const refusal = await refused(transfer, 1n, { expectedVersion: version - 1n });
    expect(refusal).to.deep.include({
      code: "Aborted",
      reason: "VERSION_MISMATCH",
      metadata: {
        wallet_id: bobWallet,
        expected_version: `${version - 1n}`,
        current_version: `${version}`,
      },
    });
    expect((await refund(transfer, 1n, { expectedVersion: version })).refunded?.units).to.equal(1n);
  });

  it("when the wallet that gives back has not enough left", async () => {
    await givenHolder(app, "frank");
    const transfer = await givenTransfer(app, { from: "alice", to: "frank" }, "gold", 10n);
    const walletId = (await service.wallet.getTransaction({ transactionId: transfer })).transaction
      ?.destinationWalletId;
    await givenSpend(app, "frank", "gold", 7n);
    expect(await refused(transfer, 5n)).to.deep.include({
      code: "FailedPrecondition",
      reason: "INSUFFICIENT_FUNDS",
      metadata: {
        wallet_id: walletId,
        asset: "gold",
        available_units: "3",
        requested_units: "5",
        shortfall_units: "2",
      },
    });
    expect((await refund(transfer, 3n)).refundable?.units).to.equal(7n);
  });

  it("past the ceiling of the wallet that gets it back", async () => {
    await givenHolder(app, "grace");
    const walletId = await givenFunds(app, "grace", "gold", 10n);
    const spend = await givenSpend(app, "grace", "gold", 10n);
    const limits = { wallet: ofHolder("grace"), asset: "gold", maxBalanceUnits: 9n, reason: "risk" };
    await operator.admin.setWalletLimits(limits, keyed());
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
    expect((await refund(spend, 9n)).refundable?.units).to.equal(1n);
  });

  it("when the wallet that gets it back has no room for it", async () => {
    await givenAsset(app, "vast");
    const amount = { asset: "vast", units: 10n };
    await service.wallet.grantBonus({ wallet: ofHolder("alice"), amount }, keyed());
    const spend = await givenSpend(app, "alice", "vast", 10n);
    const walletId = await givenFunds(app, "alice", "vast", amountMax);
    expect(await refused(spend)).to.deep.include({
      code: "FailedPrecondition",
      reason: "BALANCE_OVERFLOW",
      metadata: { wallet_id: walletId, asset: "vast", requested_units: "10", units_max: `${amountMax}` },
    });
  });
});
