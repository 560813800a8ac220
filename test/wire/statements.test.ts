import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";
import type { ExportFormat, Statement } from "../../src/gen/wallet/v1/statement_pb.js";
import { TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { expectSound, keyed, refusalOf, startApp, type TestApp, type TestClients } from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder, ofWallet } from "../support/given.js";

/** The figures of a statement, as numbers. */
function figuresOf(statement: Statement | undefined) {
  const units = (money: { units: bigint } | undefined) => Number(money?.units);
  return {
    opening: units(statement?.opening),
    credits: units(statement?.credits),
    debits: units(statement?.debits),
    closing: units(statement?.closing),
    postings: Number(statement?.postingCount),
    totals: statement?.totals.map(
      (total) =>
        `${TransactionType[total.type]} ${units(total.credits)} ${units(total.debits)} ${total.postingCount}`,
    ),
  };
}

describe("statements", () => {
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
    const gold = (units: bigint) => ({ asset: "gold", units });
    await service.wallet.spend({ wallet: ofHolder("alice"), amount: gold(30n) }, keyed());
    const transfer = { source: ofHolder("alice"), destination: ofHolder("bob"), amount: gold(5n) };
    await service.wallet.transfer(transfer, keyed());
    await service.wallet.transfer(
      { ...transfer, source: ofHolder("bob"), destination: ofHolder("alice") },
      keyed(),
    );
    await givenFunds(app, "alice", "gold", 7n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  async function statementOf(request: Parameters<TestClients["wallet"]["getStatement"]>[0]) {
    return (await service.wallet.getStatement(request)).statement;
  }

  it("whose credits are more than the wire carries are refused, and told where the span can be shorter", async () => {
    await givenAsset(app, "dust");
    const most = { asset: "dust", units: 9_223_372_036_854_775_807n };
    const wallet = ofHolder("carol");
    await service.wallet.topUp({ wallet, amount: most }, keyed());
    await service.wallet.withdraw({ wallet, amount: most }, keyed());
    const { transaction } = await service.wallet.topUp(
      { wallet, amount: { asset: "dust", units: 1n } },
      keyed(),
    );
    const start = { startTime: transaction?.postTime ?? {} };
    const figure = "9223372036854775808 dust";
    const statement = await refusalOf(service.wallet.getStatement({ wallet, asset: "dust" }));
    expect(statement).to.deep.include({ reason: "INVALID_FIELD", metadata: { fields: "start_time" } });
    expect(statement.message).to.contain(figure);
    expect(figuresOf(await statementOf({ wallet, asset: "dust", ...start }))).to.deep.include({
      opening: 0,
      credits: 1,
      closing: 1,
    });
    const { admin } = app.as("auditor");
    const summary = await refusalOf(admin.getLedgerSummary({ asset: "dust" }));
    expect(summary).to.deep.include({ reason: "INVALID_FIELD", metadata: { fields: "start_time" } });
    expect(summary.message).to.contain(figure);
    const shorter = await admin.getLedgerSummary({ asset: "dust", ...start });
    expect(shorter.assets.map(({ deposits }) => deposits?.units)).to.deep.equal([1n]);
  });

  it("lead from the opening to the closing, with a total for each type in order", async () => {
    const statement = await statementOf({ wallet: ofWallet(aliceWallet) });
    expect(figuresOf(statement)).to.deep.equal({
      opening: 0,
      credits: 112,
      debits: -35,
      closing: 77,
      postings: 5,
      totals: ["TOP_UP 107 0 2", "SPEND 0 -30 1", "TRANSFER 5 -5 2"],
    });
    expect(statement?.walletId).to.equal(aliceWallet);
    const { wallet } = await service.wallet.getWallet({ wallet: ofWallet(aliceWallet) });
    expect(statement?.startTime).to.deep.equal(wallet?.createTime);
  });

  it("take a posting of the start, leave one of the end, and join without a gap", async () => {
    const wallet = ofWallet(aliceWallet);
    const { postings } = await service.wallet.listPostings({ wallet });
    for (const posting of postings) {
      if (posting.postTime === undefined) throw new Error("a posting has no time");
      const before = await statementOf({ wallet, endTime: posting.postTime });
      const after = await statementOf({ wallet, startTime: posting.postTime });
      expect(before?.postingCount).to.equal(posting.postingSeq - 1n);
      expect(after?.postingCount).to.equal(6n - posting.postingSeq);
      expect(after?.opening).to.deep.equal(before?.closing);
    }
  });

  it("are empty for a span without postings, before the first one, and before there were wallets", async () => {
    const wallet = ofWallet(aliceWallet);
    const { statement } = await service.wallet.getStatement({ wallet });
    if (statement?.endTime === undefined) throw new Error("a statement has no end");
    const at = (text: string) => timestampFromDate(new Date(text));
    const empty = { credits: 0, debits: 0, postings: 0, totals: [] };
    const since = await statementOf({ wallet, startTime: statement.endTime });
    expect(figuresOf(since)).to.deep.equal({ ...empty, opening: 77, closing: 77 });
    for (const span of [
      { startTime: at("2020-01-01"), endTime: at("2020-02-01") },
      { startTime: at("0001-01-01"), endTime: at("1960-01-01") },
      { endTime: at("2020-02-01") },
    ]) {
      const early = await statementOf({ wallet, ...span });
      expect(figuresOf(early)).to.deep.equal({ ...empty, opening: 0, closing: 0 });
      expect(early?.endTime).to.deep.equal(span.endTime);
      expect(early?.startTime).to.deep.equal(span.startTime ?? span.endTime);
    }
    await service.wallet.createWallet({ holderId: "carol", asset: "usd" }, keyed());
    const unused = await statementOf({ wallet: ofHolder("carol"), asset: "usd" });
    expect(figuresOf(unused)).to.deep.equal({ ...empty, opening: 0, closing: 0 });
  });

  it("join without a gap while postings are being made", async () => {
    const walletId = await givenFunds(app, "carol", "gold", 1n);
    const wallet = ofWallet(walletId);
    let running = true;
    const posting = Promise.all(
      Array.from({ length: 400 }, () => givenFunds(app, "carol", "gold", 1n)),
    ).finally(() => {
      running = false;
    });
    const parts = [await statementOf({ wallet })];
    const next = async () => {
      const last = parts.at(-1);
      if (last?.endTime === undefined) throw new Error("a statement has no end");
      const part = await statementOf({ wallet, startTime: last.endTime });
      expect(part?.opening).to.deep.equal(last.closing);
      parts.push(part);
    };
    while (running) await next();
    await posting;
    await next();
    const counts = parts.map((part) => Number(part?.postingCount));
    expect(counts.reduce((sum, count) => sum + count)).to.equal(401);
    expect(parts.at(-1)?.closing?.units).to.equal(401n);
  });

  describe("errors, the same of a statement and of its export", () => {
    const nobodys = "00000000-0000-5000-8000-000000000000";
    const future = timestampFromDate(new Date("2999-01-01"));
    const past = timestampFromDate(new Date("2020-01-01"));
    const rows: [string, "service" | "holder", object, Record<string, unknown>][] = [
      ["a wallet that is not named", "service", {}, { reason: "INVALID_FIELD", fields: ["asset", "wallet"] }],
      [
        "a span that ends before it starts",
        "service",
        { wallet: ofHolder("alice"), asset: "gold", startTime: past, endTime: past },
        { reason: "INVALID_FIELD", fields: ["end_time"] },
      ],
      [
        "an end in the future, before whose wallet it is",
        "holder",
        { wallet: ofHolder("bob"), asset: "gold", endTime: future },
        { reason: "INVALID_FIELD", fields: ["end_time"] },
      ],
      [
        "a start in the future",
        "service",
        { wallet: ofHolder("alice"), asset: "gold", startTime: future },
        { reason: "INVALID_FIELD", fields: ["start_time"] },
      ],
      [
        "another holder's wallet by its holder, before whether the asset exists",
        "holder",
        { wallet: ofHolder("bob"), asset: "silver" },
        { reason: "NOT_YOUR_WALLET", code: "PermissionDenied" },
      ],
      [
        "a wallet of nobody's by its id",
        "holder",
        { wallet: ofWallet(nobodys) },
        { reason: "NOT_YOUR_WALLET", code: "PermissionDenied" },
      ],
      [
        "an asset that does not exist, before whether the holder does",
        "service",
        { wallet: ofHolder("nobody"), asset: "silver" },
        { reason: "ASSET_NOT_FOUND", metadata: { asset: "silver" } },
      ],
      [
        "a holder that does not exist",
        "service",
        { wallet: ofHolder("nobody"), asset: "gold" },
        { reason: "HOLDER_NOT_FOUND", metadata: { holder_id: "nobody" } },
      ],
      [
        "a wallet that does not exist",
        "service",
        { wallet: ofWallet(nobodys), asset: "gold" },
        { reason: "WALLET_NOT_FOUND", metadata: { wallet_id: nobodys } },
      ],
      [
        "an asset that is not the wallet's",
        "service",
        { wallet: "alice", asset: "usd" },
        { reason: "ASSET_MISMATCH", code: "FailedPrecondition" },
      ],
    ];
    for (const [title, role, request, expected] of rows) {
      it(`refuse ${title}`, async () => {
        const { wallet } = role === "holder" ? app.as("holder", "alice") : service;
        const named =
          "wallet" in request && request.wallet === "alice" ? { wallet: ofWallet(aliceWallet) } : {};
        const asked = { ...request, ...named };
        expect(await refusalOf(wallet.getStatement(asked))).to.deep.include(expected);
        expect(await refusalOf(allOf(wallet.exportStatement(asked)))).to.deep.include(expected);
      });
    }

    it("refuse a format that is none", async () => {
      const call = allOf(
        service.wallet.exportStatement({ wallet: ofWallet(aliceWallet), format: 9 as ExportFormat }),
      );
      expect(await refusalOf(call)).to.deep.include({ reason: "INVALID_FIELD", fields: ["format"] });
    });
  });

  it("show a holder its own wallet, which it need not name, and nobody else's", async () => {
    const alice = app.as("holder", "alice");
    const { statement } = await alice.wallet.getStatement({ asset: "gold" });
    expect(statement?.walletId).to.equal(aliceWallet);
    expect(statement?.closing?.units).to.equal(77n);
    const bobs = await statementOf({ wallet: ofHolder("bob"), asset: "gold" });
    for (const wallet of [ofHolder("bob"), ofWallet(bobs?.walletId ?? "")]) {
      const call = alice.wallet.getStatement({ wallet, asset: "gold" });
      expect(await refusalOf(call)).to.deep.include({ reason: "NOT_YOUR_WALLET", metadata: {} });
    }
  });
});

async function allOf<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const messages: T[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}
