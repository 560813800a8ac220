import { expect } from "chai";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { TransactionState, TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import { holderWalletId, systemWalletId } from "../../src/ledger/wallet.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { dumpLedger } from "../support/dump.js";
import { givenAsset, givenFunds, givenHolder, ofHolder, ofWallet } from "../support/given.js";
import { type LegInit, legOf, systemLeg } from "../support/legs.js";

describe("compound transactions over the wire", () => {
  let app: TestApp;
  let service: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service", "shop");
    for (const asset of ["gold", "tin", "lead"]) await givenAsset(app, asset);
    for (const holder of ["alice", "bob", "carol", "dave", "erin"]) await givenHolder(app, holder);
    for (const holder of ["alice", "bob"])
      for (const asset of ["gold", "tin"]) await givenFunds(app, holder, asset, 1_000n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const unitsOf = async (holder: string, asset: string) => {
    const { balance } = await service.wallet.getBalance({ wallet: ofHolder(holder), asset });
    return balance?.posted?.units;
  };

  it("are made whole: a sale with a fee, a bonus and a first credit, over two assets", async () => {
    const request = {
      legs: [
        legOf("alice", "gold", -100n),
        legOf("bob", "gold", 95n),
        systemLeg(SystemRole.REVENUE, "gold", 5n),
        systemLeg(SystemRole.PROMOTIONS, "tin", -3n),
        legOf("carol", "tin", 3n),
      ],
      description: "a sale",
      metadata: { order: "7" },
      externalReference: "sale-7",
    };
    const { transaction, balances } = await service.wallet.postTransaction(request, keyed("sale"));
    expect(transaction).to.include({
      type: TransactionType.COMPOUND,
      state: TransactionState.POSTED,
      sourceWalletId: "",
      destinationWalletId: "",
      onBehalfOf: "",
      initiatedBy: "wallet|service|shop",
      description: "a sale",
      externalReference: "sale-7",
    });
    expect(transaction?.amount).to.equal(undefined);
    expect(transaction?.postings.map(({ amount }) => [amount?.asset, amount?.units])).to.deep.equal([
      ["gold", -100n],
      ["gold", 95n],
      ["gold", 5n],
      ["tin", -3n],
      ["tin", 3n],
    ]);
    expect(balances.map(({ balance }) => balance?.posted?.units)).to.deep.equal([900n, 1_095n, 5n, -3n, 3n]);
    expect(await unitsOf("carol", "tin")).to.equal(3n);
    const read = await service.wallet.getTransaction({ transactionId: transaction?.id ?? "" });
    expect(read.transaction).to.deep.equal(transaction);
    const operation = await service.wallet.getOperation({ idempotencyKey: "sale" });
    expect(operation.operation).to.include({ state: OperationState.SUCCEEDED, resourceId: transaction?.id });
    expect(operation.operation?.transaction).to.deep.equal(transaction);
  });

  it("are replayed under the same key, legs in the same order, FX wallets with several postings included", async () => {
    const request = {
      legs: [
        legOf("alice", "gold", -30n),
        legOf("alice", "tin", 5n),
        systemLeg(SystemRole.PROMOTIONS, "lead", -2n),
      ],
      exchanges: [
        { sold: { asset: "gold", units: 30n }, bought: { asset: "tin", units: 7n } },
        { sold: { asset: "tin", units: 2n }, bought: { asset: "gold", units: 3n } },
        { sold: { asset: "lead", units: 2n }, bought: { asset: "gold", units: 1n } },
      ],
    };
    const legs = [...request.legs, systemLeg(SystemRole.REVENUE, "gold", 4n)];
    const first = await service.wallet.postTransaction({ ...request, legs }, keyed("fx"));
    expect(first.transaction?.exchanges.map(({ rate }) => rate)).to.deep.equal([
      "0.233333333333333333",
      "1.5",
      "0.5",
    ]);
    expect(first.transaction?.onBehalfOf).to.equal("alice");
    const fx = systemWalletId("gold", "FX");
    const ofFx = first.transaction?.postings.filter(({ walletId }) => walletId === fx);
    expect(ofFx?.map(({ amount }) => amount?.units)).to.deep.equal([30n, -3n, -1n]);
    expect(first.balances.filter(({ walletId }) => walletId === fx)).to.have.length(1);
    const again = await service.wallet.postTransaction({ ...request, legs }, keyed("fx"));
    expect(again).to.deep.equal(first);
    const otherOrder = { ...request, legs: legs.toReversed() };
    expect((await refusalOf(service.wallet.postTransaction(otherOrder, keyed("fx")))).reason).to.equal(
      "IDEMPOTENCY_KEY_REUSED",
    );
  });

  it("take no waiver away that a later exchange of theirs needs, and leave none that they do not need", async () => {
    const exchangeOf = (sold: string, bought: string) => ({
      sold: { asset: sold, units: 50n },
      bought: { asset: bought, units: 50n },
    });
    // An asset of its own: the floor of its FX wallet would be in the way of other tests.
    await givenAsset(app, "zinc");
    await givenFunds(app, "alice", "zinc", 1_000n);
    const fx = systemWalletId("zinc", "FX");
    const legs = [legOf("alice", "gold", -50n), legOf("alice", "zinc", 50n)];
    const back = [legOf("alice", "zinc", -50n), legOf("alice", "gold", 50n)];
    await service.wallet.postTransaction({ legs: back, exchanges: [exchangeOf("zinc", "gold")] }, keyed());
    const start = (await service.wallet.getBalance({ wallet: ofWallet(fx), asset: "zinc" })).balance?.posted;
    const floored = {
      wallet: ofWallet(fx),
      asset: "zinc",
      minBalanceUnits: start?.units ?? 0n,
      reason: "no more",
    };
    await app.as("operator").admin.setWalletLimits(floored, keyed());
    const undone = await service.wallet.postTransaction(
      { legs: back, exchanges: [exchangeOf("zinc", "gold")] },
      keyed(),
    );
    await service.wallet.postTransaction({ legs, exchanges: [exchangeOf("gold", "zinc")] }, keyed());
    await app
      .as("operator")
      .wallet.reverseTransaction(
        { transactionId: undone.transaction?.id ?? "", reason: "wrong", allowBelowFloor: true },
        keyed(),
      );
    const both = {
      legs: [legOf("alice", "gold", -50n), legOf("bob", "lead", 50n)],
      exchanges: [exchangeOf("zinc", "lead"), exchangeOf("gold", "zinc")],
    };
    for (const validateOnly of [true, false]) {
      const { transaction, balances } = await service.wallet.postTransaction(
        { ...both, validateOnly },
        keyed(),
      );
      const ofFx = transaction?.postings.filter(({ walletId }) => walletId === fx);
      expect(ofFx?.map(({ amount }) => amount?.units)).to.deep.equal([50n, -50n]);
      const { balance } = balances.find(({ walletId }) => walletId === fx) ?? {};
      expect(balance?.available?.units).to.equal(0n);
      expect(balance?.posted?.units).to.equal((start?.units ?? 0n) - 50n);
    }
  });

  it("show what would happen when they are only to validate, and claim nothing", async () => {
    const request = {
      legs: [legOf("alice", "gold", -1n), legOf("dave", "gold", 1n)],
      validateOnly: true,
      externalReference: "dry",
    };
    const before = await dumpLedger(app.database.ownerUrl);
    const { transaction, balances } = await service.wallet.postTransaction(request, keyed("dry"));
    expect(transaction?.id).to.equal("");
    expect(balances).to.have.length(2);
    expect(await dumpLedger(app.database.ownerUrl)).to.equal(before);
    await service.wallet.postTransaction({ ...request, validateOnly: false }, keyed("dry"));
  });

  it("are listed under each of their wallets, and under each of their assets", async () => {
    const { transaction } = await service.wallet.postTransaction(
      {
        legs: [legOf("alice", "gold", -5n), legOf("dave", "tin", 2n)],
        exchanges: [{ sold: { asset: "gold", units: 5n }, bought: { asset: "tin", units: 2n } }],
      },
      keyed(),
    );
    const filters = [
      { asset: "gold" },
      { asset: "tin" },
      { holderId: "dave" },
      { wallet: ofHolder("alice"), asset: "gold" },
      { wallet: ofWallet(systemWalletId("tin", "FX")) },
      { types: [TransactionType.COMPOUND] },
    ];
    for (const filter of filters) {
      const { transactions } = await service.wallet.listTransactions(filter);
      expect(transactions.at(0)?.id, JSON.stringify(Object.keys(filter))).to.equal(transaction?.id);
    }
    const { transactions } = await service.wallet.listTransactions({ asset: "lead" });
    expect(transactions.map(({ id }) => id)).not.to.include(transaction?.id);
  });

  it("show a holder its own postings only, and no exchange that may be another's", async () => {
    const request = {
      legs: [legOf("alice", "gold", -77n), legOf("bob", "tin", 33n)],
      exchanges: [{ sold: { asset: "gold", units: 77n }, bought: { asset: "tin", units: 33n } }],
    };
    const transactionId = (await service.wallet.postTransaction(request, keyed())).transaction?.id ?? "";
    for (const [holder, asset] of [
      ["alice", "gold"],
      ["bob", "tin"],
    ] as const) {
      const { wallet } = app.as("holder", holder);
      const { transaction } = await wallet.getTransaction({ transactionId });
      const own = holderWalletId(asset, holder);
      expect(transaction?.postings.map(({ walletId }) => walletId)).to.deep.equal([own]);
      expect(transaction?.exchanges).to.deep.equal([]);
      expect((await wallet.listTransactions({})).transactions.at(0)).to.deep.equal(transaction);
    }
    const stranger = app.as("holder", "carol").wallet.getTransaction({ transactionId });
    expect((await refusalOf(stranger)).reason).to.equal("NOT_YOUR_WALLET");
    const own = [legOf("alice", "gold", -77n), legOf("alice", "tin", 33n)];
    const mine = await service.wallet.postTransaction({ ...request, legs: own }, keyed());
    const seen = await app
      .as("holder", "alice")
      .wallet.getTransaction({ transactionId: mine.transaction?.id ?? "" });
    expect(seen.transaction?.exchanges).to.have.length(1);
    expect(seen.transaction?.postings).to.have.length(2);
  });

  it("that were refused are listed for the one holder they are about, and for nobody when there are several", async () => {
    const refused = async (legs: LegInit[]) => {
      await refusalOf(service.wallet.postTransaction({ legs }, keyed("attempt")));
    };
    const { wallet } = app.as("holder", "erin");
    await refusalOf(
      service.wallet.postTransaction(
        { legs: [legOf("erin", "gold", -9n), legOf("bob", "gold", 9n)] },
        keyed(),
      ),
    );
    expect((await wallet.listTransactions({})).transactions).to.deep.equal([]);
    await givenFunds(app, "erin", "gold", 1n);
    await refused([legOf("erin", "gold", -9n), systemLeg(SystemRole.REVENUE, "gold", 9n)]);
    const [listed] = (await wallet.listTransactions({})).transactions;
    expect(listed).to.include({
      type: TransactionType.COMPOUND,
      refusedReason: "INSUFFICIENT_FUNDS",
      onBehalfOf: "erin",
    });
    const read = await wallet.getTransaction({ transactionId: listed?.id ?? "" });
    expect(read.transaction).to.deep.equal(listed);
    const alice = app.as("holder", "alice").wallet.getTransaction({ transactionId: listed?.id ?? "" });
    expect((await refusalOf(alice)).reason).to.equal("NOT_YOUR_WALLET");
  });
});
