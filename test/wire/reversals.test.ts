import { expect } from "chai";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { TransactionState, TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { expectSound, keyed, reasonOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { dumpLedger } from "../support/dump.js";
import {
  givenAsset,
  givenFunds,
  givenHolder,
  givenSpend,
  givenTransfer,
  ofHolder,
} from "../support/given.js";
import { onServer } from "../support/postgres.js";

const gold = (units: bigint) => ({ asset: "gold", units });

describe("reversals over the wire", () => {
  let app: TestApp;
  let service: TestClients;
  let operator: TestClients;
  let aliceWallet: string;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    operator = app.as("operator", "olga");
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
    aliceWallet = await givenFunds(app, "alice", "gold", 1_000n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const reverse = (transactionId: string, more: object = {}) =>
    operator.wallet.reverseTransaction({ transactionId, reason: "booked twice", ...more }, keyed());
  const read = async (transactionId: string) =>
    (await service.wallet.getTransaction({ transactionId })).transaction;
  const balanceOf = async (holderId: string) =>
    (await service.wallet.getBalance({ wallet: ofHolder(holderId), asset: "gold" })).balance;
  const balances = () =>
    onServer(app.database.url, "select id, balance from wallets where posting_seq > 0 order by id");

  it("undo every kind of movement whole, and both transactions name each other", async () => {
    const wallet = ofHolder("alice");
    const amount = gold(10n);
    const kinds = {
      TOP_UP: () => service.wallet.topUp({ wallet, amount }, keyed()),
      WITHDRAWAL: () => service.wallet.withdraw({ wallet, amount }, keyed()),
      SPEND: () => service.wallet.spend({ wallet, amount }, keyed()),
      BONUS: () => service.wallet.grantBonus({ wallet, amount }, keyed()),
      TRANSFER: () =>
        service.wallet.transfer({ source: wallet, destination: ofHolder("bob"), amount }, keyed()),
      ADJUSTMENT: () => operator.admin.adjustBalance({ wallet, amount: gold(-10n), reason: "x" }, keyed()),
    };
    // Each wallet is opened first, so that equal balances before and after say that all is undone.
    for (const move of Object.values(kinds)) await move();
    for (const [kind, move] of Object.entries(kinds)) {
      const before = await balances();
      const original = (await move()).transaction;
      const { transaction } = await reverse(original?.id ?? "");
      expect(await balances(), kind).to.deep.equal(before);
      expect(transaction).to.deep.include({
        type: TransactionType.REVERSAL,
        state: TransactionState.POSTED,
        originalTransactionId: original?.id,
        sourceWalletId: original?.destinationWalletId,
        destinationWalletId: original?.sourceWalletId,
        // An adjustment that takes something away says so by its sign; what undoes it only gives.
        amount: { ...original?.amount, units: 10n },
        description: "booked twice",
        initiatedBy: "wallet|operator|olga",
        onBehalfOf: kind === "TRANSFER" ? "bob" : "alice",
      });
      expect(transaction?.refunded, "a reversal is not refundable").to.equal(undefined);
      expect(
        transaction?.postings.map(({ walletId, amount: moved }) => [walletId, moved?.units]),
      ).to.deep.equal(
        original?.postings.map(({ walletId, amount: moved }) => [walletId, -(moved?.units ?? 0n)]).reverse(),
      );
      expect(original?.reversedByTransactionId).to.equal("");
      expect((await read(original?.id ?? ""))?.reversedByTransactionId, kind).to.equal(transaction?.id);
    }
  });

  it("show on the original in lists and operations too, and a replay of the original answers as before", async () => {
    const request = { wallet: ofHolder("alice"), amount: gold(7n) };
    const first = await service.wallet.spend(request, keyed("spend-to-reverse"));
    const id = first.transaction?.id ?? "";
    const { transaction: reversal } = await reverse(id);
    const { transactions } = await service.wallet.listTransactions({ holderId: "alice" });
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "spend-to-reverse" });
    for (const seen of [transactions.find((one) => one.id === id), operation?.transaction, await read(id)]) {
      expect(seen?.reversedByTransactionId).to.equal(reversal?.id);
      expect(seen?.refunded?.units).to.equal(0n);
    }
    expect(await service.wallet.spend(request, keyed("spend-to-reverse"))).to.deep.equal(first);
  });

  it("keep the operator's reason in the audit log", async () => {
    const spend = await givenSpend(app, "alice", "gold", 5n);
    const { transaction } = await reverse(spend, { reason: "ticket 42" });
    const [entry] = await onServer<Record<string, unknown>>(
      app.database.url,
      "select kind, reason, caller, on_behalf_of from audit_log where transaction_id = $1",
      [transaction?.id],
    );
    expect(entry).to.deep.equal({
      kind: "MOVEMENT",
      reason: "ticket 42",
      caller: "wallet|operator|olga",
      on_behalf_of: "alice",
    });
  });

  it("replay under their key, and are what GetOperation tells of it", async () => {
    const spend = await givenSpend(app, "alice", "gold", 5n);
    const request = { transactionId: spend, reason: "once", allowBelowFloor: true };
    const first = await operator.wallet.reverseTransaction(request, keyed("reverse-once"));
    expect(await operator.wallet.reverseTransaction(request, keyed("reverse-once"))).to.deep.equal(first);
    for (const other of [{ reason: "twice" }, { allowBelowFloor: false }, { externalReference: "x" }]) {
      const call = operator.wallet.reverseTransaction({ ...request, ...other }, keyed("reverse-once"));
      expect(await reasonOf(call)).to.equal("IDEMPOTENCY_KEY_REUSED");
    }
    const { operation } = await operator.wallet.getOperation({ idempotencyKey: "reverse-once" });
    expect(operation).to.include({ state: OperationState.SUCCEEDED, resourceId: first.transaction?.id });
    expect(operation?.transaction).to.deep.equal(first.transaction);
  });

  it("that are only validated say what would happen, and do nothing", async () => {
    const spend = await givenSpend(app, "alice", "gold", 5n);
    const before = await dumpLedger(app.database.url);
    const { transaction, balances: after } = await reverse(spend, { validateOnly: true });
    expect(transaction).to.include({ id: "", originalTransactionId: spend });
    expect(after.map(({ walletId }) => walletId)).to.include(aliceWallet);
    expect(await dumpLedger(app.database.url)).to.equal(before);
    expect((await read(spend))?.reversedByTransactionId).to.equal("");
    expect((await reverse(spend)).transaction?.id).not.to.equal("");
  });

  it("may take a wallet below its floor when they are told to, and credits make up for it first", async () => {
    await givenHolder(app, "dave");
    const { transaction: topUp } = await service.wallet.topUp(
      { wallet: ofHolder("dave"), amount: gold(100n) },
      keyed(),
    );
    await givenSpend(app, "dave", "gold", 80n);
    const { balances: after } = await reverse(topUp?.id ?? "", { allowBelowFloor: true });
    expect(after.map(({ balance }) => [balance?.posted?.units, balance?.available?.units])).to.deep.include([
      -80n,
      0n,
    ]);
    const waiver = async () => {
      const [row] = await onServer<{ floor_waiver: string }>(
        app.database.url,
        "select floor_waiver from wallets where holder_id = 'dave'",
      );
      return row?.floor_waiver;
    };
    expect(await waiver()).to.equal("80");

    await givenFunds(app, "dave", "gold", 50n);
    expect(await waiver()).to.equal("30");
    const owing = await balanceOf("dave");
    expect([owing?.posted?.units, owing?.available?.units]).to.deep.equal([-30n, 0n]);
    expect(
      await reasonOf(service.wallet.spend({ wallet: ofHolder("dave"), amount: gold(1n) }, keyed())),
    ).to.equal("INSUFFICIENT_FUNDS");

    await givenFunds(app, "dave", "gold", 35n);
    expect(await waiver()).to.equal("0");
    const even = await balanceOf("dave");
    expect([even?.posted?.units, even?.available?.units]).to.deep.equal([5n, 5n]);
    expect(
      await reasonOf(service.wallet.spend({ wallet: ofHolder("dave"), amount: gold(6n) }, keyed())),
    ).to.equal("INSUFFICIENT_FUNDS");
  });

  it("take no more of a waiver than they need", async () => {
    const transfer = await givenTransfer(app, { from: "alice", to: "bob" }, "gold", 3n);
    await reverse(transfer, { allowBelowFloor: true });
    const waived = await onServer(app.database.url, "select id from wallets where floor_waiver <> 0");
    expect(waived).to.deep.equal([]);
  });
});
