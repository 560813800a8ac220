import { expect } from "chai";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { TransactionState, TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { systemWalletId } from "../../src/ledger/wallet.js";
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
import {
  givenAsset,
  givenFunds,
  givenHolder,
  givenSpend,
  givenTransfer,
  ofHolder,
} from "../support/given.js";

const gold = (units: bigint) => ({ asset: "gold", units });

describe("refunds over the wire", () => {
  let app: TestApp;
  let service: TestClients;
  const wallets: Record<string, string> = {};

  before(async () => {
    app = await startApp();
    service = app.as("service", "shop");
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob", "carol"]) {
      await givenHolder(app, id);
      wallets[id] = await givenFunds(app, id, "gold", 1_000n);
    }
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const refund = (transactionId: string, units?: bigint, more: object = {}) =>
    service.wallet.refundTransaction(
      { transactionId, ...(units === undefined ? {} : { amount: gold(units) }), ...more },
      keyed(),
    );
  const read = async (transactionId: string) =>
    (await service.wallet.getTransaction({ transactionId })).transaction;
  const postedOf = async (holderId: string) =>
    (await service.wallet.getBalance({ wallet: ofHolder(holderId), asset: "gold" })).balance?.posted?.units;

  it("give back part of a spend, then the rest, and say what is still refundable", async () => {
    const spend = await givenSpend(app, "alice", "gold", 100n);
    const before = (await postedOf("alice")) ?? 0n;
    const part = await refund(spend, 30n, { description: "one was broken", metadata: { item: "7" } });
    expect(part.transaction).to.deep.include({
      type: TransactionType.REFUND,
      state: TransactionState.POSTED,
      originalTransactionId: spend,
      sourceWalletId: systemWalletId("gold", "REVENUE"),
      destinationWalletId: wallets.alice,
      description: "one was broken",
      metadata: { item: "7" },
      initiatedBy: "wallet|service|shop",
      onBehalfOf: "alice",
      reversedByTransactionId: "",
    });
    expect(part.transaction?.amount?.units).to.equal(30n);
    expect(part.transaction?.refunded, "a refund is not refundable itself").to.equal(undefined);
    expect(part.transaction?.postings.map(({ walletId, amount }) => [walletId, amount?.units])).to.deep.equal(
      [
        [systemWalletId("gold", "REVENUE"), -30n],
        [wallets.alice, 30n],
      ],
    );
    expect(part.balances.map(({ walletId }) => walletId)).to.deep.equal([
      systemWalletId("gold", "REVENUE"),
      wallets.alice,
    ]);
    expect([part.refunded?.units, part.refundable?.units]).to.deep.equal([30n, 70n]);
    const rest = await refund(spend);
    expect(rest.transaction?.amount?.units).to.equal(70n);
    expect([rest.refunded, rest.refundable].map((money) => [money?.asset, money?.units])).to.deep.equal([
      ["gold", 100n],
      ["gold", 0n],
    ]);
    expect(await postedOf("alice")).to.equal(before + 100n);
  });

  it("take a transfer back from the holder that received it", async () => {
    const transfer = await givenTransfer(app, { from: "alice", to: "bob" }, "gold", 40n);
    const { transaction } = await refund(transfer, 15n);
    expect(transaction).to.include({
      sourceWalletId: wallets.bob,
      destinationWalletId: wallets.alice,
      onBehalfOf: "bob",
    });
  });

  it("bring a withdrawal back from the outside world", async () => {
    const { transaction } = await service.wallet.withdraw(
      { wallet: ofHolder("carol"), amount: gold(25n) },
      keyed(),
    );
    const before = (await postedOf("carol")) ?? 0n;
    expect((await refund(transaction?.id ?? "")).refunded?.units).to.equal(25n);
    expect(await postedOf("carol")).to.equal(before + 25n);
  });

  it("show on the original wherever it is read, and are 0 in its own answer, replays included", async () => {
    const request = { wallet: ofHolder("alice"), amount: gold(60n) };
    const first = await service.wallet.spend(request, keyed("spend-to-refund"));
    const spend = first.transaction?.id ?? "";
    expect(first.transaction?.refunded?.units).to.equal(0n);
    expect((await read(spend))?.refunded?.units).to.equal(0n);
    await refund(spend, 20n);
    await refund(spend, 5n);
    const { transactions } = await service.wallet.listTransactions({ holderId: "alice" });
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "spend-to-refund" });
    const seen = [
      await read(spend),
      transactions.find(({ id }) => id === spend),
      operation?.transaction,
      (await app.as("holder", "alice").wallet.getTransaction({ transactionId: spend })).transaction,
    ];
    expect(seen.map((transaction) => transaction?.refunded?.units)).to.deep.equal([25n, 25n, 25n, 25n]);
    const topUp = transactions.find(({ type }) => type === TransactionType.TOP_UP);
    expect(topUp?.refunded, "a top-up is not refundable").to.equal(undefined);
    expect(await service.wallet.spend(request, keyed("spend-to-refund"))).to.deep.equal(first);
  });

  it("answer a replay as the first time, even after further refunds", async () => {
    const spend = await givenSpend(app, "alice", "gold", 10n);
    const request = { transactionId: spend, amount: gold(4n), metadata: { a: "1", b: "2" } };
    const first = await service.wallet.refundTransaction(request, keyed("refund-once"));
    await refund(spend, 5n);
    const replays: (string | null)[] = [];
    const again = await service.wallet.refundTransaction(
      { ...request, transactionId: spend.toUpperCase(), metadata: { b: "2", a: "1" } },
      { ...keyed("refund-once"), onHeader: (headers) => replays.push(headers.get("idempotency-replayed")) },
    );
    expect(again).to.deep.equal(first);
    expect([again.refunded?.units, again.refundable?.units]).to.deep.equal([4n, 6n]);
    expect(replays).to.deep.equal(["true"]);
    expect(
      await reasonOf(
        service.wallet.refundTransaction({ ...request, amount: gold(5n) }, keyed("refund-once")),
      ),
    ).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect((await read(spend))?.refunded?.units).to.equal(9n);
  });

  it("are what GetOperation tells of their key", async () => {
    const spend = await givenSpend(app, "alice", "gold", 10n);
    const { transaction } = await service.wallet.refundTransaction(
      { transactionId: spend },
      keyed("operation-of-refund"),
    );
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "operation-of-refund" });
    expect(operation).to.include({ state: OperationState.SUCCEEDED, resourceId: transaction?.id });
    expect(operation?.transaction).to.deep.equal(transaction);
    await refusalOf(service.wallet.refundTransaction({ transactionId: spend }, keyed("operation-refused")));
    const refused = (await service.wallet.getOperation({ idempotencyKey: "operation-refused" })).operation;
    expect(refused).to.include({ state: OperationState.REFUSED, errorReason: "REFUND_AMOUNT_EXCEEDED" });
    expect(refused?.transaction).to.include({
      type: TransactionType.REFUND,
      state: TransactionState.REFUSED,
      originalTransactionId: spend,
      refusedReason: "REFUND_AMOUNT_EXCEEDED",
    });
  });

  it("that are only validated say what would happen, and do nothing", async () => {
    const spend = await givenSpend(app, "alice", "gold", 10n);
    const before = await dumpLedger(app.database.url);
    const request = { transactionId: spend, amount: gold(4n), externalReference: "dry-refund" };
    const dry = await service.wallet.refundTransaction(
      { ...request, validateOnly: true },
      keyed("dry-refund"),
    );
    expect(dry.transaction).to.include({ id: "", originalTransactionId: spend });
    expect([dry.refunded?.units, dry.refundable?.units]).to.deep.equal([4n, 6n]);
    expect(await dumpLedger(app.database.url)).to.equal(before);
    expect(await reasonOf(service.wallet.getOperation({ idempotencyKey: "dry-refund" }))).to.equal(
      "OPERATION_NOT_FOUND",
    );
    const real = await service.wallet.refundTransaction(request, keyed("dry-refund"));
    expect(real.refundable?.units).to.equal(6n);
    const tooMuch = { ...request, amount: gold(7n), externalReference: "", validateOnly: true };
    expect(await reasonOf(service.wallet.refundTransaction(tooMuch, keyed()))).to.equal(
      "REFUND_AMOUNT_EXCEEDED",
    );
  });
});
