import { expect } from "chai";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { TransactionState } from "../../src/gen/wallet/v1/transaction_pb.js";
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
import { givenAsset, givenFunds, givenHolder, givenSpend, ofHolder } from "../support/given.js";
import { legOf } from "../support/legs.js";
import { applyQueue, enqueue, type MovementInit, movements, operationOf } from "../support/queue.js";

const { PENDING, SUCCEEDED, REFUSED } = OperationState;

describe("EnqueueTransaction", () => {
  let app: TestApp;
  let service: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service", "orders");
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob", "carol"]) await givenHolder(app, id);
    await givenFunds(app, "alice", "gold", 1_000n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const balanceOf = async (holderId: string) => {
    const { balance } = await service.wallet.getBalance({ wallet: ofHolder(holderId), asset: "gold" });
    return balance?.posted?.units ?? 0n;
  };
  /** A service that applies the queue until these keys are final. */
  const apply = (...keys: string[]) =>
    applyQueue(
      () => startApp({ database: app.database, queue: {} }),
      (other) => other.as("service", "orders"),
      keys,
    );

  it("answers PENDING once the movement is stored, and a worker applies it", async () => {
    const before = await balanceOf("alice");
    const accepted = await enqueue(
      service,
      movements.topUp("alice", 5n, { description: "later" }),
      "pending",
    );
    expect(accepted).to.deep.include({
      idempotencyKey: "pending",
      method: "wallet.v1.WalletService/EnqueueTransaction",
      state: PENDING,
      errorReason: "",
      resourceId: "",
      replayed: false,
    });
    expect(accepted.transaction).to.equal(undefined);
    expect(accepted.completeTime).to.equal(undefined);
    const { replayed, ...operation } = accepted;
    expect(await operationOf(service, "pending")).to.deep.equal(operation);
    expect(await balanceOf("alice")).to.equal(before);
    const [final] = await apply("pending");
    expect(final).to.deep.equal(await operationOf(service, "pending"));
    expect(final).to.deep.include({
      state: SUCCEEDED,
      createTime: operation.createTime,
      requestId: operation.requestId,
    });
    expect(final?.transaction).to.include({ state: TransactionState.POSTED, description: "later" });
    expect(final?.transaction?.initiatedBy).to.equal(operation.caller);
    expect(final?.resourceId).to.equal(final?.transaction?.id);
    expect(final?.completeTime).to.deep.equal(final?.transaction?.postTime);
    expect(await balanceOf("alice")).to.equal(before + 5n);
  });

  it("takes every kind of movement, and makes of each what the RPC of its name makes", async () => {
    const amount = { asset: "gold", units: 7n };
    const spent = await givenSpend(app, "alice", "gold", 20n);
    const spend = { wallet: ofHolder("alice"), amount, job: { kind: "render", payload: { size: "xl" } } };
    const legs = [legOf("alice", "gold", -3n), legOf("bob", "gold", 3n)];
    const kinds: Record<string, MovementInit> = {
      TOP_UP: movements.topUp("alice", 7n),
      WITHDRAWAL: movements.withdraw("alice", 7n),
      SPEND: { kind: { case: "spend", value: spend } },
      BONUS: { kind: { case: "grantBonus", value: { wallet: ofHolder("alice"), amount } } },
      TRANSFER: movements.transfer("alice", "bob", 7n, { externalReference: "queued", metadata: { a: "b" } }),
      REFUND: { kind: { case: "refundTransaction", value: { transactionId: spent } } },
      COMPOUND: { kind: { case: "postTransaction", value: { legs } } },
    };
    const keys = Object.keys(kinds).map((type) => `kind-${type}`);
    for (const [type, movement] of Object.entries(kinds)) await enqueue(service, movement, `kind-${type}`);
    const before = await balanceOf("alice");
    const finals = await apply(...keys);
    expect(finals.map(({ state }) => state)).to.deep.equal(keys.map(() => SUCCEEDED));
    const { transactions } = await service.wallet.listTransactions({
      wallet: ofHolder("alice"),
      asset: "gold",
      pageSize: 7,
    });
    const made = finals.map(({ transaction }) => transaction);
    expect(transactions.toReversed().map(({ id }) => id)).to.deep.equal(made.map((one) => one?.id));
    expect(made.find((one) => one?.externalReference === "queued")?.metadata).to.deep.equal({ a: "b" });
    expect(made[5]?.originalTransactionId).to.equal(spent);
    const { jobs } = await service.wallet.listJobs({});
    expect(jobs.map(({ kind, payload }) => ({ kind, payload }))).to.deep.equal([
      { kind: "render", payload: { size: "xl" } },
    ]);
    expect(await balanceOf("alice")).to.equal(before + 7n - 7n - 7n + 7n - 7n + 20n - 3n);
  });

  it("keeps the refusal of what the ledger refuses, with its figures, and nothing moves", async () => {
    await enqueue(service, movements.withdraw("bob", 1_000_000n), "too-much");
    await enqueue(service, movements.transfer("alice", "nobody", 1n), "to-nobody");
    const before = await dumpLedger(app.database.url);
    const [tooMuch, toNobody] = await apply("too-much", "to-nobody");
    expect(await dumpLedger(app.database.url)).to.equal(before);
    expect(tooMuch).to.deep.include({ state: REFUSED, errorReason: "INSUFFICIENT_FUNDS", resourceId: "" });
    expect(tooMuch?.errorMetadata).to.include({ requested_units: "1000000" });
    expect(tooMuch?.transaction).to.include({
      state: TransactionState.REFUSED,
      refusedReason: "INSUFFICIENT_FUNDS",
    });
    expect(tooMuch?.completeTime).not.to.equal(undefined);
    expect(toNobody).to.deep.include({ state: REFUSED, errorReason: "HOLDER_NOT_FOUND" });
    expect(toNobody?.transaction).to.equal(undefined);
    expect(await operationOf(service, "too-much")).to.deep.equal(tooMuch);
  });

  it("answers a retry with the same operation, as far as it is by then", async () => {
    const movement = movements.topUp("bob", 3n);
    const { replayed: _, ...first } = await enqueue(service, movement, "again");
    const before = await balanceOf("bob");
    const { replayed, ...again } = await enqueue(service, movement, "again");
    expect(again).to.deep.equal(first);
    expect(replayed).to.equal(true);
    const [final] = await apply("again");
    expect(await enqueue(service, movement, "again")).to.deep.equal({ ...final, replayed: true });
    expect(await balanceOf("bob")).to.equal(before + 3n);
  });

  it("takes a key for good: another request under it is refused, before and after it is applied", async () => {
    await enqueue(service, movements.transfer("alice", "bob", 1n), "one-key");
    const before = await dumpLedger(app.database.url);
    const others = () => [
      enqueue(service, movements.transfer("alice", "bob", 2n), "one-key"),
      enqueue(service, movements.topUp("bob", 1n), "one-key"),
      service.wallet.transfer(
        { source: ofHolder("alice"), destination: ofHolder("bob"), amount: { asset: "gold", units: 1n } },
        keyed("one-key"),
      ),
    ];
    for (const other of others()) {
      expect(await refusalOf(other)).to.deep.include({
        code: "FailedPrecondition",
        reason: "IDEMPOTENCY_KEY_REUSED",
        metadata: {
          idempotency_key: "one-key",
          first_method: "wallet.v1.WalletService/EnqueueTransaction",
        },
      });
    }
    expect(await dumpLedger(app.database.url)).to.equal(before);
    await apply("one-key");
    const after = await dumpLedger(app.database.url);
    for (const other of others()) expect(await reasonOf(other)).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect(await dumpLedger(app.database.url)).to.equal(after);
  });

  it("does not take a key that something else was done under", async () => {
    await service.wallet.topUp(
      { wallet: ofHolder("bob"), amount: { asset: "gold", units: 1n } },
      keyed("done"),
    );
    const before = await dumpLedger(app.database.url);
    expect(await refusalOf(enqueue(service, movements.topUp("bob", 1n), "done"))).to.deep.include({
      reason: "IDEMPOTENCY_KEY_REUSED",
      metadata: { idempotency_key: "done", first_method: "wallet.v1.WalletService/TopUp" },
    });
    expect(await dumpLedger(app.database.url)).to.equal(before);
  });

  it("refuses what is wrong with the form, naming the fields, and leaves the key free", async () => {
    const legs = [legOf("alice", "gold", 1n), legOf("bob", "gold", 2n)];
    const cases: [MovementInit, string, string[]][] = [
      [{}, "INVALID_FIELD", ["movement"]],
      [movements.topUp("bob", 0n), "INVALID_FIELD", ["movement.top_up.amount.units"]],
      [
        movements.topUp("bob", 1n, { validateOnly: true }),
        "INVALID_FIELD",
        ["movement.top_up.validate_only"],
      ],
      [
        { kind: { case: "refundTransaction", value: {} } },
        "INVALID_FIELD",
        ["movement.refund_transaction.transaction_id"],
      ],
      [movements.transfer("bob", "bob", 1n), "SAME_WALLET", []],
      [{ kind: { case: "postTransaction", value: { legs } } }, "LEGS_UNBALANCED", []],
    ];
    const before = await dumpLedger(app.database.url);
    for (const [movement, reason, fields] of cases) {
      const refusal = await refusalOf(enqueue(service, movement, "formless"));
      expect(refusal).to.deep.include({ code: "InvalidArgument", reason, fields });
    }
    const none = await refusalOf(service.wallet.enqueueTransaction({}, keyed("formless")));
    expect(none.fields).to.deep.equal(["movement"]);
    expect(await dumpLedger(app.database.url)).to.equal(before);
    expect((await enqueue(service, movements.topUp("bob", 1n), "formless")).state).to.equal(PENDING);
  });

  it("is not for holders or auditors, and needs a key", async () => {
    for (const role of ["holder", "auditor"] as const)
      expect(await reasonOf(enqueue(app.as(role, "alice"), movements.topUp("alice", 1n)))).to.equal(
        "ROLE_REQUIRED",
      );
    const keyless = service.wallet.enqueueTransaction({ movement: movements.topUp("bob", 1n) });
    expect(await reasonOf(keyless)).to.equal("IDEMPOTENCY_KEY_MISSING");
  });
});
