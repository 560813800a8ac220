import { expect } from "chai";
import { BatchMode, BatchView } from "../../src/gen/wallet/v1/bulk_pb.js";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { TransactionState } from "../../src/gen/wallet/v1/transaction_pb.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { executeBatch, type Item, reasons, states, topUp, transfer } from "../support/batch.js";
import { dumpLedger } from "../support/dump.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";

const { INDEPENDENT, ATOMIC } = BatchMode;

describe("a batch over the wire", () => {
  let app: TestApp;
  let service: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service", "orders");
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob", "carol"]) await givenHolder(app, id);
    await givenFunds(app, "alice", "gold", 10_000n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const execute = (request: Parameters<typeof executeBatch>[1], key?: string) =>
    executeBatch(service, request, key);

  async function gold(holderId: string): Promise<bigint> {
    const { balance } = await service.wallet.getBalance({ wallet: ofHolder(holderId), asset: "gold" });
    return balance?.posted?.units ?? 0n;
  }

  it("makes every kind of movement, each on top of the ones before", async () => {
    const amount = { asset: "gold", units: 30n };
    const wallet = ofHolder("bob");
    const items: Item[] = [
      topUp("bob", 30n),
      { idempotencyKey: "k-spend", movement: { kind: { case: "spend", value: { wallet, amount } } } },
      { idempotencyKey: "k-bonus", movement: { kind: { case: "grantBonus", value: { wallet, amount } } } },
      transfer("bob", "carol", 20n),
      {
        idempotencyKey: "k-out",
        movement: { kind: { case: "withdraw", value: { wallet, amount: { asset: "gold", units: 10n } } } },
      },
    ];
    const answer = await execute({ items, mode: INDEPENDENT });
    expect(states(answer)).to.deep.equal(Array(5).fill("POSTED"));
    expect(answer.postedCount).to.equal(5);
    expect([await gold("bob"), await gold("carol")]).to.deep.equal([0n, 20n]);
    const { transactions } = await service.wallet.listTransactions({ batchId: answer.batchId });
    expect(transactions.map(({ id }) => id).reverse()).to.deep.equal(
      answer.results.map(({ transactionId }) => transactionId),
    );
    expect(transactions.map(({ batchId }) => batchId)).to.deep.equal(Array(5).fill(answer.batchId));
    const other = await service.wallet.listTransactions({ batchId: "00000000-0000-7000-8000-000000000000" });
    expect(other.transactions).to.deep.equal([]);
  });

  it("posts some and refuses others when they are independent, with figures and records", async () => {
    const items = [
      transfer("alice", "bob", 5n),
      transfer("carol", "bob", 1_000n),
      transfer("nobody", "bob", 1n),
      transfer("bob", "bob", 1n),
      transfer("alice", "bob", 6n),
    ];
    const answer = await execute({ items, mode: INDEPENDENT, view: BatchView.FULL });
    expect(states(answer)).to.deep.equal(["POSTED", "REFUSED", "REFUSED", "REFUSED", "POSTED"]);
    expect(reasons(answer)).to.deep.equal(["", "INSUFFICIENT_FUNDS", "HOLDER_NOT_FOUND", "SAME_WALLET", ""]);
    const [posted, short, missing, same] = answer.results;
    expect(short?.errorMetadata).to.include({
      requested_units: "1000",
      available_units: "20",
      shortfall_units: "980",
    });
    expect(short?.transaction?.state).to.equal(TransactionState.REFUSED);
    expect(short?.transaction?.id).to.equal(short?.transactionId).and.not.equal("");
    expect(posted?.transaction?.postings.map(({ amount }) => amount?.units)).to.deep.equal([-5n, 5n]);
    expect(posted?.transaction?.batchId).to.equal(answer.batchId);
    expect(missing?.transactionId).to.equal("");
    expect(missing?.transaction).to.equal(undefined);
    expect(same?.errorMetadata).to.have.property("wallet_id");
    expect(answer.postedCount).to.equal(2);
  });

  it("sent again, replays what was done and does the rest, under the same batch id", async () => {
    const items = [transfer("alice", "bob", 5n), transfer("carol", "bob", 1_000n)];
    const first = await execute({ items, mode: INDEPENDENT }, "again");
    expect(first.replayed).to.equal(false);
    const again = await execute({ items, mode: INDEPENDENT, view: BatchView.FULL }, "again");
    expect(again.replayed).to.equal(true);
    expect(again.batchId).to.equal(first.batchId);
    expect(again.results.map(({ replayed }) => replayed)).to.deep.equal([true, true]);
    expect(again.results.map(({ transactionId }) => transactionId)).to.deep.equal(
      first.results.map(({ transactionId }) => transactionId),
    );
    expect(again.results.map(({ transaction }) => transaction?.id)).to.deep.equal(
      first.results.map(({ transactionId }) => transactionId),
    );
    expect(again.results[1]?.errorMetadata).to.deep.equal(first.results[1]?.errorMetadata);
  });

  it("completes a batch of which a part was made before, each movement under its own key", async () => {
    const [one, two] = [transfer("alice", "bob", 5n), transfer("alice", "bob", 6n)];
    const { transaction } = await service.wallet.transfer(
      one.movement?.kind?.value as object,
      keyed(one.idempotencyKey),
    );
    const answer = await execute({ items: [one, two], mode: INDEPENDENT });
    expect(answer.results.map(({ replayed }) => replayed)).to.deep.equal([true, false]);
    expect(answer.results[0]?.transactionId).to.equal(transaction?.id);
    expect(answer.replayed).to.equal(false);
  });

  it("is the same request, item by item, as the RPC that each is named after", async () => {
    const item = transfer("alice", "bob", 5n);
    const { results } = await execute({ items: [item], mode: ATOMIC });
    const { transaction } = await service.wallet.transfer(
      item.movement?.kind?.value as object,
      keyed(item.idempotencyKey),
    );
    expect(transaction?.id).to.equal(results[0]?.transactionId);
    const { operation } = await service.wallet.getOperation({ idempotencyKey: item.idempotencyKey ?? "" });
    expect(operation?.method).to.equal("wallet.v1.WalletService/Transfer");
    const other = transfer("alice", "bob", 6n, item.idempotencyKey);
    const reused = await execute({ items: [other, transfer("alice", "bob", 1n)], mode: INDEPENDENT });
    expect(reasons(reused)).to.deep.equal(["IDEMPOTENCY_KEY_REUSED", ""]);
    expect(reused.results[0]?.errorMetadata).to.include({ idempotency_key: item.idempotencyKey });
  });

  it("moves nothing at all when it is atomic and one is refused, and says so again", async () => {
    const before = await dumpLedger(app.database.url);
    const items = [
      transfer("alice", "bob", 5n),
      transfer("carol", "bob", 1_000n),
      transfer("alice", "bob", 6n),
    ];
    const refused = await execute({ items, mode: ATOMIC }, "all-or-nothing");
    expect(states(refused)).to.deep.equal(["NOT_APPLIED", "REFUSED", "NOT_APPLIED"]);
    expect(reasons(refused)).to.deep.equal(Array(3).fill("INSUFFICIENT_FUNDS"));
    expect(refused.results.map(({ transactionId }) => transactionId)).to.deep.equal(["", "", ""]);
    expect(refused.results[1]?.errorMetadata).to.include({ requested_units: "1000" });
    expect(refused.postedCount).to.equal(0);
    expect(await dumpLedger(app.database.url)).to.equal(before);

    await givenFunds(app, "carol", "gold", 1_000n);
    const again = await execute({ items, mode: ATOMIC }, "all-or-nothing");
    expect(again).to.deep.include({ replayed: true, batchId: refused.batchId });
    expect(states(again)).to.deep.equal(states(refused));
    expect(again.results[1]?.errorMetadata).to.deep.equal(refused.results[1]?.errorMetadata);
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "all-or-nothing" });
    expect(operation).to.include({
      state: OperationState.REFUSED,
      errorReason: "INSUFFICIENT_FUNDS",
      resourceId: "",
    });
    expect(operation?.errorMetadata).to.include({ item: "1" });

    const done = await execute({ items, mode: ATOMIC, view: BatchView.FULL });
    expect(states(done)).to.deep.equal(Array(3).fill("POSTED"));
    expect(done.results.map(({ transaction }) => transaction?.batchId)).to.deep.equal(
      Array(3).fill(done.batchId),
    );
  });

  it("answers an atomic batch that was done again, whole transactions included", async () => {
    const items = [transfer("alice", "bob", 5n), transfer("bob", "carol", 5n)];
    const done = await execute({ items, mode: ATOMIC, view: BatchView.FULL }, "done-once");
    const again = await execute({ items, mode: ATOMIC, view: BatchView.FULL }, "done-once");
    expect(again.replayed).to.equal(true);
    expect(again.results.map(({ transaction }) => transaction)).to.deep.equal(
      done.results.map(({ transaction }) => transaction),
    );
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "done-once" });
    expect(operation).to.include({ state: OperationState.SUCCEEDED, resourceId: done.batchId });
    expect(operation?.method).to.equal("wallet.v1.WalletService/ExecuteBatch");
    expect((await refusalOf(execute({ items, mode: INDEPENDENT }, "done-once"))).reason).to.equal(
      "IDEMPOTENCY_KEY_REUSED",
    );
  });

  it("refuses an atomic batch for what its items say alone without asking the ledger, and keeps no key", async () => {
    const before = await dumpLedger(app.database.url);
    const refused = await execute(
      { items: [transfer("alice", "bob", 1n), transfer("bob", "bob", 1n)], mode: ATOMIC },
      "same",
    );
    expect(states(refused)).to.deep.equal(["NOT_APPLIED", "REFUSED"]);
    expect(reasons(refused)).to.deep.equal(["SAME_WALLET", "SAME_WALLET"]);
    expect(await dumpLedger(app.database.url)).to.equal(before);
    const operation = await refusalOf(service.wallet.getOperation({ idempotencyKey: "same" }));
    expect(operation.reason).to.equal("OPERATION_NOT_FOUND");
  });

  it("says what would happen and does nothing when it is only to validate", async () => {
    const before = await dumpLedger(app.database.url);
    const carol = await gold("carol");
    const items = [
      topUp("carol", 7n),
      transfer("carol", "bob", carol + 8n),
      transfer("bob", "bob", 1n),
      transfer("carol", "bob", carol + 7n),
    ];
    for (const mode of [INDEPENDENT, ATOMIC]) {
      const answer = await execute({ items, mode, view: BatchView.FULL, validateOnly: true }, "dry");
      expect(answer.batchId).to.equal("");
      expect(answer.results.map(({ transactionId }) => transactionId)).to.deep.equal(["", "", "", ""]);
      const expected =
        mode === INDEPENDENT
          ? ["POSTED", "REFUSED", "REFUSED", "POSTED"]
          : ["NOT_APPLIED", "NOT_APPLIED", "REFUSED", "NOT_APPLIED"];
      expect(states(answer)).to.deep.equal(expected);
      if (mode === INDEPENDENT) {
        const last = answer.results[3]?.transaction;
        expect(last).to.include({ id: "", batchId: "", state: TransactionState.POSTED });
        expect(last?.postings[0]?.balanceAfter?.units).to.equal(0n);
        expect(answer.results[1]?.errorMetadata).to.include({ shortfall_units: "1" });
      }
    }
    expect(await dumpLedger(app.database.url)).to.equal(before);
    const operation = await refusalOf(service.wallet.getOperation({ idempotencyKey: "dry" }));
    expect(operation.reason).to.equal("OPERATION_NOT_FOUND");
  });

  it("gives back what was paid before, and pays for work", async () => {
    const [paid, work] = [transfer("alice", "bob", 9n), "k-work"];
    const { results } = await execute({ items: [paid], mode: ATOMIC });
    const transactionId = results[0]?.transactionId ?? "";
    const wallet = ofHolder("bob");
    const job = { kind: "render", payload: {} };
    const refund = (key: string, units: bigint): Item => ({
      idempotencyKey: key,
      movement: {
        kind: { case: "refundTransaction", value: { transactionId, amount: { asset: "gold", units } } },
      },
    });
    const spend: Item = {
      idempotencyKey: work,
      movement: { kind: { case: "spend", value: { wallet, amount: { asset: "gold", units: 1n }, job } } },
    };
    const items = [refund("k-back-1", 5n), refund("k-back-2", 5n), refund("k-back-3", 4n)];
    expect(reasons(await execute({ items, mode: ATOMIC }))).to.deep.equal(
      Array(3).fill("REFUND_AMOUNT_EXCEEDED"),
    );
    const answer = await execute({
      items: [...items, topUp("bob", 1n), spend],
      mode: INDEPENDENT,
      view: BatchView.FULL,
    });
    expect(reasons(answer)).to.deep.equal(["", "REFUND_AMOUNT_EXCEEDED", "", "", ""]);
    expect(answer.results[0]?.transaction?.originalTransactionId).to.equal(transactionId);
    expect(answer.results.at(-1)?.transaction?.jobId).not.to.equal("");
    const together = await execute({
      items: [topUp("bob", 1n), { ...spend, idempotencyKey: "k-work-2" }],
      mode: ATOMIC,
    });
    expect(together.postedCount).to.equal(2);
  });

  it("serves JSON over HTTP", async () => {
    const json = app.overHttp("service", "orders", "connect-json");
    const answer = await json.wallet.executeBatch(
      { items: [topUp("bob", 1n)], mode: ATOMIC, view: BatchView.FULL },
      keyed(),
    );
    expect(answer.results[0]?.transaction?.amount?.units).to.equal(1n);
  });
});
