import { expect } from "chai";
import { TransactionState, TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenHolder, ofHolder } from "../support/given.js";

describe("movements over the wire", () => {
  let app: TestApp;
  let service: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service", "orders");
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  it("tops a wallet up, and says who did it and for whom", async () => {
    const { transaction, balances } = await service.wallet.topUp(
      { wallet: ofHolder("alice"), amount: { asset: "gold", units: 1_000n }, description: "first" },
      keyed(),
    );
    expect(transaction?.type).to.equal(TransactionType.TOP_UP);
    expect(transaction?.state).to.equal(TransactionState.POSTED);
    expect(transaction?.initiatedBy).to.equal("wallet|service|orders");
    expect(transaction?.onBehalfOf).to.equal("alice");
    expect(transaction?.postings.map(({ amount }) => amount?.units)).to.deep.equal([-1_000n, 1_000n]);
    expect(balances.at(-1)?.balance?.available?.units).to.equal(1_000n);
  });

  it("moves, spends, withdraws and grants, each to and from its own system wallet", async () => {
    const amount = { asset: "gold", units: 10n };
    const moved = [
      await service.wallet.transfer(
        { source: ofHolder("alice"), destination: ofHolder("bob"), amount },
        keyed(),
      ),
      await service.wallet.spend({ wallet: ofHolder("alice"), amount }, keyed()),
      await service.wallet.withdraw({ wallet: ofHolder("alice"), amount }, keyed()),
      await service.wallet.grantBonus({ wallet: ofHolder("alice"), amount }, keyed()),
    ];
    expect(moved.map(({ transaction }) => transaction?.type)).to.deep.equal([
      TransactionType.TRANSFER,
      TransactionType.SPEND,
      TransactionType.WITHDRAWAL,
      TransactionType.BONUS,
    ]);
    const { wallets } = await service.wallet.listWallets({ asset: "gold" });
    const balances = wallets.map(({ holderId, systemRole, balance }) => [
      holderId || systemRole,
      balance?.posted?.units,
    ]);
    expect(Object.fromEntries(balances)).to.deep.equal({
      alice: 980n,
      bob: 10n,
      1: -990n,
      2: 10n,
      3: -10n,
      4: 0n,
      5: 0n,
    });
  });

  it("answers the same key with the first outcome again and says so", async () => {
    const request = {
      wallet: ofHolder("bob"),
      amount: { asset: "gold", units: 5n },
      metadata: { a: "1", b: "2" },
    };
    const first = await service.wallet.topUp(request, keyed("once"));
    const replays: boolean[] = [];
    const again = await service.wallet.topUp(
      { ...request, metadata: { b: "2", a: "1" } },
      {
        ...keyed("once"),
        onHeader: (headers) => replays.push(headers.get("idempotency-replayed") === "true"),
      },
    );
    expect(again).to.deep.equal(first);
    expect(replays).to.deep.equal([true]);
  });

  it("refuses the same key for another amount", async () => {
    const wallet = ofHolder("bob");
    await service.wallet.topUp({ wallet, amount: { asset: "gold", units: 5n } }, keyed("twice"));
    const refusal = await refusalOf(
      service.wallet.topUp({ wallet, amount: { asset: "gold", units: 6n } }, keyed("twice")),
    );
    expect(refusal.reason).to.equal("IDEMPOTENCY_KEY_REUSED");
    expect(refusal.code).to.equal("FailedPrecondition");
  });

  it("refuses to overspend, with the shortfall, and replays the refusal after money has come in", async () => {
    const wallet = ofHolder("bob");
    const amount = { asset: "gold", units: 1_000_000n };
    const refusal = await refusalOf(service.wallet.spend({ wallet, amount }, keyed("too-much")));
    expect(refusal).to.include({ code: "FailedPrecondition", reason: "INSUFFICIENT_FUNDS", replayed: false });
    expect(refusal.metadata).to.include({
      requested_units: "1000000",
      available_units: "20",
      shortfall_units: "999980",
    });
    await service.wallet.topUp({ wallet, amount }, keyed());
    expect(await refusalOf(service.wallet.spend({ wallet, amount }, keyed("too-much")))).to.deep.equal({
      ...refusal,
      replayed: true,
    });
    await service.wallet.withdraw({ wallet, amount }, keyed());
  });

  it("says what would happen and does nothing when it is only to validate", async () => {
    const request = { wallet: ofHolder("alice"), amount: { asset: "gold", units: 7n }, validateOnly: true };
    const before = await service.wallet.getBalance({ wallet: ofHolder("alice"), asset: "gold" });
    const { transaction, balances } = await service.wallet.spend(request, keyed("dry"));
    expect(transaction?.id).to.equal("");
    expect(balances.at(0)?.balance?.posted?.units).to.equal((before.balance?.posted?.units ?? 0n) - 7n);
    const after = await service.wallet.getBalance({ wallet: ofHolder("alice"), asset: "gold" });
    expect(after.balance).to.deep.equal(before.balance);
    const operation = await refusalOf(service.wallet.getOperation({ idempotencyKey: "dry" }));
    expect(operation.reason).to.equal("OPERATION_NOT_FOUND");
  });

  it("lets an operator adjust a balance in either direction", async () => {
    const operator = app.as("operator");
    const wallet = ofHolder("alice");
    const down = await operator.admin.adjustBalance(
      { wallet, amount: { asset: "gold", units: -30n }, reason: "counted twice" },
      keyed(),
    );
    const up = await operator.admin.adjustBalance(
      { wallet, amount: { asset: "gold", units: 30n }, reason: "counted right" },
      keyed(),
    );
    expect(down.transaction?.amount?.units).to.equal(-30n);
    expect(down.transaction?.sourceWalletId).to.equal(up.transaction?.destinationWalletId);
    expect(up.transaction?.description).to.equal("counted right");
  });
});
