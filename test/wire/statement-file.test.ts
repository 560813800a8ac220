import { expect } from "chai";
import { ExportFormat, type ExportStatementResponse } from "../../src/gen/wallet/v1/statement_pb.js";
import { TransactionType } from "../../src/gen/wallet/v1/transaction_pb.js";
import { expectSound, keyed, startApp, type TestApp, type TestClients } from "../support/app.js";
import { openEngine, topUp } from "../support/engine.js";
import { givenAsset, givenFunds, givenHolder, ofHolder, ofWallet } from "../support/given.js";

type Line = Record<string, string>;

/** Reads an export to its end, as one text. */
async function textOf(stream: AsyncIterable<ExportStatementResponse>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const { chunk } of stream) {
    expect(chunk.length).to.be.within(1, 65_536);
    chunks.push(chunk);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
}

/** Parses CSV by RFC 4180, strictly: every character belongs to a field, and every record has all fields. */
function parseCsv(text: string): Line[] {
  const records: string[][] = [[]];
  let rest = 0;
  for (const match of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy)) {
    rest = match.index + match[0].length;
    records.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "\r\n") records.push([]);
  }
  expect(rest, "the end of what is CSV").to.equal(text.length);
  expect(records.pop()).to.deep.equal([]);
  const [names = [], ...lines] = records;
  return lines.map((fields) => {
    expect(fields).to.have.length(names.length);
    return Object.fromEntries(names.map((name, index) => [name, fields[index] ?? ""]));
  });
}

function parseNdjson(text: string): Line[] {
  expect(text.endsWith("\n")).to.equal(true);
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** The fields of a line that are not empty. */
function filled(line: Line): Line {
  return Object.fromEntries(Object.entries(line).filter(([, value]) => value !== ""));
}

describe("the file of a statement", () => {
  let app: TestApp;
  let service: TestClients;

  before(async () => {
    app = await startApp();
    service = app.as("service");
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob", "carol"]) await givenHolder(app, id);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  const gold = (units: bigint) => ({ asset: "gold", units });

  it("has the opening, every posting as ListPostings has it, the totals and the closing", async () => {
    const wallet = ofWallet(await givenFunds(app, "alice", "gold", 100n));
    for (const units of [3n, 5n]) await service.wallet.spend({ wallet, amount: gold(units) }, keyed());
    await givenFunds(app, "alice", "gold", 7n);
    const { postings } = await service.wallet.listPostings({ wallet });
    const [, , second] = postings;
    if (second?.postTime === undefined) throw new Error("a posting has no time");
    const span = { wallet, startTime: second.postTime };
    const { statement } = await service.wallet.getStatement(span);
    const lines = parseCsv(await textOf(service.wallet.exportStatement(span)));

    expect(lines.map(({ line }) => line)).to.deep.equal([
      "opening",
      ...Array(3).fill("posting"),
      "total",
      "total",
      "closing",
    ]);
    expect(lines[0]).to.include({ wallet_id: wallet.ref?.value, asset: "gold", balance: "100", amount: "" });
    const listed = postings.slice(0, 3).reverse();
    expect(
      lines.slice(1, 4).map(({ posting_seq, transaction_id, asset, amount, balance }) => ({
        posting_seq,
        transaction_id,
        asset,
        amount,
        balance,
      })),
    ).to.deep.equal(
      listed.map((posting) => ({
        posting_seq: `${posting.postingSeq}`,
        transaction_id: posting.transactionId,
        asset: posting.amount?.asset,
        amount: `${posting.amount?.units}`,
        balance: `${posting.balanceAfter?.units}`,
      })),
    );
    const seconds = (time: string | undefined) => BigInt(Math.floor(Date.parse(time ?? "") / 1_000));
    for (const [index, { postTime }] of listed.entries()) {
      const { time = "" } = lines[index + 1] ?? {};
      expect(seconds(time)).to.equal(postTime?.seconds);
      expect(time).to.include(`.${String((postTime?.nanos ?? 0) / 1_000).padStart(6, "0")}Z`);
    }
    expect(lines.slice(4, 6).map(filled)).to.deep.equal(
      statement?.totals.map((total) => ({
        line: "total",
        asset: "gold",
        type: TransactionType[total.type],
        credits: `${total.credits?.units}`,
        debits: `${total.debits?.units}`,
        posting_count: `${total.postingCount}`,
      })),
    );
    expect(lines[6]).to.include({ balance: "99", credits: "7", debits: "-8", posting_count: "3" });
  });

  it("keeps texts as they are in NDJSON, and away from spreadsheets' formulas in CSV", async () => {
    const wallet = ofWallet(await givenFunds(app, "bob", "gold", 100n));
    const texts = [
      "",
      "plain",
      "=1+1",
      "+1",
      "-1",
      "@SUM(A1)",
      "'quoted",
      "\tx",
      "\r\nx",
      "＝1",
      'say "hi", they; said',
      "two\nlines",
      "日本\u2028😀",
      "\u0001".repeat(500),
    ];
    for (const [index, description] of texts.entries()) {
      const externalReference =
        [...description].slice(0, 60).join("") && `${description.slice(0, 8)}#${index}`;
      await service.wallet.spend({ wallet, amount: gold(1n), description, externalReference }, keyed());
    }
    const read = async (format: ExportFormat) => {
      const text = await textOf(service.wallet.exportStatement({ wallet, format }));
      const lines = format === ExportFormat.NDJSON ? parseNdjson(text) : parseCsv(text);
      return { text, lines: lines.filter(({ type, line }) => type === "SPEND" && line === "posting") };
    };
    const ndjson = await read(ExportFormat.NDJSON);
    expect(ndjson.lines.map(({ description = "" }) => description)).to.deep.equal(texts);
    const csv = await read(ExportFormat.CSV);
    for (const [index, { description = "", external_reference = "" }] of csv.lines.entries()) {
      expect(description).not.to.match(/^[=+\-@\t\r\n＝＋－＠]/);
      expect(external_reference).not.to.match(/^[=+\-@\t\r\n＝＋－＠]/);
      expect(description.replace(/^'/, "")).to.equal(texts[index]);
      expect(external_reference.replace(/^'/, "")).to.equal(ndjson.lines[index]?.external_reference ?? "");
    }
    expect(csv.lines[3]?.description).to.equal("'+1");
    expect(csv.text).to.include('"say ""hi"", they; said"');
  });

  it("is the same over every protocol, and CSV unless asked otherwise", async () => {
    const wallet = ofHolder("dora");
    await givenHolder(app, "dora");
    await givenFunds(app, "dora", "gold", 5n);
    const { statement } = await service.wallet.getStatement({ wallet, asset: "gold" });
    if (statement?.endTime === undefined) throw new Error("a statement has no end");
    const request = { wallet, asset: "gold", endTime: statement.endTime };
    const csv = await textOf(service.wallet.exportStatement(request));
    expect(csv).to.match(/^line,time,wallet_id,/);
    for (const protocol of ["connect-json", "connect-binary", "grpc-web"] as const) {
      const dora = app.overHttp("holder", "dora", protocol).wallet;
      const own = { ...request, wallet: undefined };
      expect(await textOf(dora.exportStatement({ ...own, format: ExportFormat.CSV }))).to.equal(csv);
      const lines = parseNdjson(await textOf(dora.exportStatement({ ...own, format: ExportFormat.NDJSON })));
      expect(lines).to.deep.equal(parseCsv(csv).map(filled));
    }
  });

  it("is of the moment the call began, and holds no connection while a slow reader takes it", async () => {
    const walletId = await givenFunds(app, "carol", "gold", 1n);
    const engine = await openEngine(app.database.url);
    await Promise.all(Array.from({ length: 4_999 }, () => topUp(engine, "carol", 1n)));
    await engine.close();
    // More readers than there are connections to read with.
    const slow = Array.from({ length: 8 }, (_, index) => {
      const format = index % 2 === 0 ? ExportFormat.CSV : ExportFormat.NDJSON;
      const clients = index % 3 === 0 ? app.overHttp("service", "service-1", "grpc-web") : service;
      const stream = clients.wallet.exportStatement({ wallet: ofWallet(walletId), format });
      return { format, chunks: stream[Symbol.asyncIterator]() };
    });
    const first = await Promise.all(slow.map(({ chunks }) => chunks.next()));
    await givenFunds(app, "carol", "gold", 1n);
    const { balance } = await service.wallet.getBalance({ wallet: ofWallet(walletId) });
    expect(balance?.posted?.units).to.equal(5_001n);
    for (const [index, { format, chunks }] of slow.entries()) {
      const text = await textOf(
        (async function* () {
          yield first[index]?.value;
          yield* { [Symbol.asyncIterator]: () => chunks };
        })(),
      );
      const lines = format === ExportFormat.CSV ? parseCsv(text) : parseNdjson(text);
      const postings = lines.filter(({ line }) => line === "posting");
      expect(postings.map(({ posting_seq }) => Number(posting_seq))).to.deep.equal(
        Array.from({ length: 5_000 }, (_, seq) => seq + 1),
      );
      expect(lines.at(-1)).to.include({
        line: "closing",
        balance: "5000",
        credits: "5000",
        posting_count: "5000",
      });
    }
  });
});
