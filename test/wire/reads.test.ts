import { timestampFromDate, timestampNow } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";
import { OperationState } from "../../src/gen/wallet/v1/operation_pb.js";
import { TransactionState, TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { SystemRole } from "../../src/gen/wallet/v1/wallet_pb.js";
import {
  expectSound,
  keyed,
  reasonOf,
  refusalOf,
  startApp,
  type TestApp,
  type TestClients,
} from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder, ofWallet } from "../support/given.js";
import { legOf, systemLeg } from "../support/legs.js";

describe("reads over the wire", () => {
  let app: TestApp;
  let service: TestClients;
  let aliceWallet: string;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    await givenAsset(app, "gold");
    await givenAsset(app, "usd");
    for (const id of ["alice", "bob", "carol"]) await givenHolder(app, id);
    aliceWallet = await givenFunds(app, "alice", "gold", 100n);
    await givenFunds(app, "bob", "gold", 100n);
    for (let units = 1n; units <= 6n; units++) {
      await service.wallet.transfer(
        { source: ofHolder("alice"), destination: ofHolder("bob"), amount: { asset: "gold", units } },
        keyed(`transfer-${units}`),
      );
    }
    await refusalOf(
      service.wallet.spend(
        { wallet: ofHolder("alice"), amount: { asset: "gold", units: 5_000n } },
        keyed("broke"),
      ),
    );
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  it("reads a balance now, and at every moment of its history", async () => {
    const { postings } = await service.wallet.listPostings({ wallet: ofWallet(aliceWallet) });
    for (const { postTime, balanceAfter, version } of postings) {
      if (postTime === undefined) throw new Error("a posting has no time");
      const then = await service.wallet.getBalance({ wallet: ofWallet(aliceWallet), asOfTime: postTime });
      expect(then.balance?.posted).to.deep.equal(balanceAfter);
      expect(then.balance?.version).to.equal(version);
    }
    const ago = await service.wallet.getBalance({
      wallet: ofWallet(aliceWallet),
      asOfTime: timestampFromDate(new Date("2020-01-01")),
    });
    expect(ago.balance?.posted?.units).to.equal(0n);
    const now = await service.wallet.getBalance({ wallet: ofHolder("alice"), asset: "gold" });
    expect(now.balance?.posted?.units).to.equal(79n);
  });

  it("refuses a moment that is still to come", async () => {
    const later = { ...timestampNow(), seconds: timestampNow().seconds + 3_600n };
    const call = service.wallet.getBalance({ wallet: ofWallet(aliceWallet), asOfTime: later });
    expect(await refusalOf(call)).to.deep.include({ reason: "INVALID_FIELD", fields: ["as_of_time"] });
  });

  it("reads its own writes by version, and says so when a version is not reached", async () => {
    const wallet = ofWallet(aliceWallet);
    const { balance } = await service.wallet.getBalance({ wallet, minVersion: 7n });
    expect(balance?.version).to.equal(7n);
    const refusal = await refusalOf(service.wallet.getBalance({ wallet, minVersion: 8n }));
    expect(refusal).to.include({ code: "Aborted", reason: "VERSION_MISMATCH" });
    expect(refusal.metadata.current_version).to.equal("7");
  });

  it("reads many balances in one snapshot, in the order they were asked for", async () => {
    const named = ["bob", "alice", "bob"].map((id) => ({ wallet: ofHolder(id), asset: "gold" }));
    const { balances } = await service.wallet.batchGetBalances({ queries: named });
    expect(balances.map(({ balance }) => balance?.posted?.units)).to.deep.equal([121n, 79n, 121n]);
    const missing = service.wallet.batchGetBalances({
      queries: [...named, { wallet: ofHolder("carol"), asset: "gold" }],
    });
    expect((await refusalOf(missing)).metadata).to.include({ query: "3" });
    expect(await reasonOf(service.wallet.batchGetBalances({ queries: [] }))).to.equal("INVALID_FIELD");
  });

  it("lists a wallet's postings newest first, page by page, without a gap", async () => {
    const seen: bigint[] = [];
    let pageToken = "";
    do {
      const page = await service.wallet.listPostings({
        wallet: ofWallet(aliceWallet),
        pageSize: 3,
        pageToken,
      });
      seen.push(...page.postings.map(({ postingSeq }) => postingSeq));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(seen).to.deep.equal([7n, 6n, 5n, 4n, 3n, 2n, 1n]);
  });

  it("lists postings between two times", async () => {
    const all = (await service.wallet.listPostings({ wallet: ofWallet(aliceWallet) })).postings;
    const [third, fifth] = [all[4]?.postTime, all[2]?.postTime];
    if (third === undefined || fifth === undefined) throw new Error("postings are missing");
    const some = await service.wallet.listPostings({
      wallet: ofWallet(aliceWallet),
      startTime: third,
      endTime: fifth,
    });
    expect(some.postings.map(({ postingSeq }) => postingSeq)).to.deep.equal([4n, 3n]);
  });

  it("lists the transactions of a wallet, refused ones included, once each and newest first", async () => {
    const { transactions } = await service.wallet.listTransactions({
      wallet: ofHolder("alice"),
      asset: "gold",
    });
    expect(transactions.map(({ state, amount }) => [TransactionState[state], amount?.units])).to.deep.equal([
      ["REFUSED", 5_000n],
      ...[6n, 5n, 4n, 3n, 2n, 1n, 100n].map((units) => ["POSTED", units]),
    ]);
    expect(transactions[0]?.refusedReason).to.equal("INSUFFICIENT_FUNDS");
  });

  it("filters transactions by type, state, holder and external reference", async () => {
    const ids = async (filter: Parameters<typeof service.wallet.listTransactions>[0]) =>
      (await service.wallet.listTransactions(filter)).transactions.map(({ amount }) => amount?.units);
    expect(await ids({ types: [TransactionType.TOP_UP] })).to.deep.equal([100n, 100n]);
    expect(await ids({ state: TransactionState.REFUSED })).to.deep.equal([5_000n]);
    expect(await ids({ holderId: "bob", pageSize: 2 })).to.deep.equal([6n, 5n]);
    expect(await ids({ holderId: "carol" })).to.deep.equal([]);
    await service.wallet.topUp(
      {
        wallet: ofHolder("carol"),
        amount: { asset: "usd", units: 9n },
        externalReference: "bank-1",
        metadata: { shop: "north" },
      },
      keyed(),
    );
    expect(await ids({ externalReference: "bank-1" })).to.deep.equal([9n]);
    expect(await ids({ metadataKey: "shop" })).to.deep.equal([9n]);
    expect(await ids({ metadataKey: "shop", metadataValue: "south" })).to.deep.equal([]);
  });

  it("keeps pages stable while transactions are added", async () => {
    const filter = { holderId: "bob", pageSize: 3 };
    const first = await service.wallet.listTransactions(filter);
    await givenFunds(app, "bob", "gold", 1n);
    const second = await service.wallet.listTransactions({ ...filter, pageToken: first.nextPageToken });
    const seen = [...first.transactions, ...second.transactions].map(({ amount }) => amount?.units);
    expect(seen).to.deep.equal([6n, 5n, 4n, 3n, 2n, 1n]);
  });

  it("refuses a page token of another query, and one that is none", async () => {
    const { nextPageToken } = await service.wallet.listTransactions({ holderId: "bob", pageSize: 1 });
    const other = service.wallet.listTransactions({
      holderId: "alice",
      pageSize: 1,
      pageToken: nextPageToken,
    });
    expect(await refusalOf(other)).to.include({ code: "InvalidArgument", reason: "PAGE_TOKEN_INVALID" });
    for (const pageToken of ["x", Buffer.from("[1]").toString("base64url"), "🦊".repeat(600)]) {
      expect(await reasonOf(service.wallet.listTransactions({ pageToken }))).to.equal("PAGE_TOKEN_INVALID");
    }
    expect(await reasonOf(service.wallet.listTransactions({ pageSize: -1 }))).to.equal("INVALID_FIELD");
  });

  it("refuses a page token whose position was tampered with", async () => {
    const tampered = (token: string, ...position: string[]) => {
      const [digest] = JSON.parse(Buffer.from(token, "base64url").toString()) as string[];
      return Buffer.from(JSON.stringify([digest, ...position])).toString("base64url");
    };
    const transactions = (await service.wallet.listTransactions({ pageSize: 1 })).nextPageToken;
    const holders = (await service.wallet.listHolders({ pageSize: 1 })).nextPageToken;
    const wallet = ofWallet(aliceWallet);
    const postings = (await service.wallet.listPostings({ wallet, pageSize: 1 })).nextPageToken;
    const calls = [
      service.wallet.listTransactions({ pageToken: tampered(transactions, "not a uuid") }),
      service.wallet.listHolders({ pageToken: tampered(holders, "yesterday", "alice") }),
      service.wallet.listHolders({ pageToken: tampered(holders, "1", "al\u0000ice") }),
      service.wallet.listPostings({ wallet, pageToken: tampered(postings, "9".repeat(30)) }),
      service.wallet.listPostings({ wallet, pageToken: tampered(postings, "-1") }),
    ];
    expect(await Promise.all(calls.map(reasonOf))).to.deep.equal(calls.map(() => "PAGE_TOKEN_INVALID"));
  });

  it("finds a transaction by id", async () => {
    const { transactions } = await service.wallet.listTransactions({ holderId: "alice", pageSize: 1 });
    const transactionId = transactions[0]?.id ?? "";
    const { transaction } = await service.wallet.getTransaction({ transactionId });
    expect(transaction).to.deep.equal(transactions[0]);
    expect(
      await reasonOf(
        service.wallet.getTransaction({ transactionId: "01900000-0000-7000-8000-000000000000" }),
      ),
    ).to.equal("TRANSACTION_NOT_FOUND");
    expect(await reasonOf(service.wallet.getTransaction({ transactionId: "7" }))).to.equal("INVALID_FIELD");
  });

  it("tells what became of a key: posted, refused, made, or unknown", async () => {
    const of = async (idempotencyKey: string) =>
      (await service.wallet.getOperation({ idempotencyKey })).operation;
    const posted = await of("transfer-3");
    expect(posted?.state).to.equal(OperationState.SUCCEEDED);
    expect(posted?.transaction?.amount?.units).to.equal(3n);
    expect(posted?.resourceId).to.equal(posted?.transaction?.id);
    const refused = await of("broke");
    expect(refused).to.include({
      state: OperationState.REFUSED,
      errorReason: "INSUFFICIENT_FUNDS",
      resourceId: "",
    });
    expect(refused?.errorMetadata.shortfall_units).to.equal("4921");
    await service.wallet.createHolder({ holderId: "dave" }, keyed("dave"));
    expect(await of("dave")).to.include({ state: OperationState.SUCCEEDED, resourceId: "dave" });
    expect(await reasonOf(of("never"))).to.equal("OPERATION_NOT_FOUND");
  });

  it("shows a caller its own keys only, and an auditor everybody's", async () => {
    const request = { idempotencyKey: "transfer-1", caller: "wallet|service|service-1" };
    expect(await reasonOf(app.as("service", "other").wallet.getOperation(request))).to.equal("ROLE_REQUIRED");
    expect(
      await reasonOf(app.as("service", "other").wallet.getOperation({ idempotencyKey: "transfer-1" })),
    ).to.equal("OPERATION_NOT_FOUND");
    const seen = await app.as("auditor").wallet.getOperation(request);
    expect(seen.operation?.transaction?.amount?.units).to.equal(1n);
  });

  it("lists a wallet that has postings for its own asset and holder only, when it is named by its id", async () => {
    const wallet = ofWallet(aliceWallet);
    for (const by of [service, app.as("holder", "alice")]) {
      expect((await by.wallet.listPostings({ wallet })).postings).to.have.lengthOf(7);
      expect((await by.wallet.listTransactions({ wallet })).transactions).to.have.lengthOf(8);
    }
    const ofAlice = await service.wallet.listTransactions({ wallet, holderId: "alice" });
    expect(ofAlice.transactions).to.have.lengthOf(8);
    expect((await service.wallet.listTransactions({ wallet, holderId: "bob" })).transactions).to.deep.equal(
      [],
    );
    const inUsd = { wallet, asset: "usd" };
    expect(await reasonOf(service.wallet.listTransactions(inUsd))).to.equal("ASSET_MISMATCH");
    expect(await reasonOf(service.wallet.listPostings(inUsd))).to.equal("ASSET_MISMATCH");
    const bob = app.as("holder", "bob");
    expect(await reasonOf(bob.wallet.listTransactions({ wallet }))).to.equal("NOT_YOUR_WALLET");
    expect(await reasonOf(bob.wallet.listPostings({ wallet }))).to.equal("NOT_YOUR_WALLET");
  });

  it("lists refused compounds by holder and by wallet, with their asset as without", async () => {
    await givenHolder(app, "fay");
    await givenFunds(app, "fay", "gold", 1n);
    const legs = [legOf("fay", "gold", -50_000n), systemLeg(SystemRole.REVENUE, "gold", 50_000n)];
    expect(await reasonOf(service.wallet.postTransaction({ legs }, keyed("far-too-much")))).to.equal(
      "INSUFFICIENT_FUNDS",
    );
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "far-too-much" });
    const asked = [
      { holderId: "fay" },
      { holderId: "fay", asset: "gold" },
      { wallet: ofHolder("fay"), asset: "gold" },
      { wallet: ofHolder("fay"), asset: "gold", holderId: "fay" },
      { asset: "gold" },
    ];
    for (const filter of asked) {
      const { transactions } = await service.wallet.listTransactions({
        ...filter,
        types: [TransactionType.COMPOUND],
      });
      expect(transactions.map(({ id }) => id)).to.deep.equal([operation?.transaction?.id]);
    }
    const other = { holderId: "fay", asset: "usd" };
    expect((await service.wallet.listTransactions(other)).transactions).to.deep.equal([]);
  });

  it("lists by holder what was refused before its first wallet was opened", async () => {
    await givenHolder(app, "early");
    const spend = service.wallet.spend(
      { wallet: ofHolder("early"), amount: { asset: "usd", units: 3n } },
      keyed("too-early"),
    );
    expect(await reasonOf(spend)).to.equal("INSUFFICIENT_FUNDS");
    const { operation } = await service.wallet.getOperation({ idempotencyKey: "too-early" });
    for (const filter of [{ holderId: "early" }, { holderId: "early", asset: "usd" }]) {
      const { transactions } = await service.wallet.listTransactions(filter);
      expect(transactions.map(({ id }) => id)).to.deep.equal([operation?.transaction?.id]);
    }
    const other = { holderId: "early", asset: "gold" };
    expect((await service.wallet.listTransactions(other)).transactions).to.deep.equal([]);
  });
});
