import { createHash } from "node:crypto";
import { expect } from "chai";
import { exportFormat, printLine, rowsPerChecksum } from "../../src/recovery/export-format.js";
import { LineWriter } from "../../src/recovery/line-writer.js";
import { replayLedger } from "../../src/recovery/replay-ledger.js";
import { startApp } from "../support/app.js";
import { givenEveryKind } from "../support/every-kind.js";
import { onServer, openSession, type TestDatabase, testDatabase } from "../support/postgres.js";
import { dumpEverything, emptyTarget, exportOf, quiet, replayFailure } from "../support/recovery.js";

describe("a damaged export", () => {
  let whole: string[];
  let target: TestDatabase;

  before(async () => {
    const app = await startApp();
    await givenEveryKind(app);
    await app.close();
    whole = (await exportOf(app.database.url)).toString().split("\n").slice(0, -1);
    target = await emptyTarget();
  });
  afterEach("nothing of it is in the database", async () => {
    const [{ exists } = { exists: false }] = await onServer<{ exists: boolean }>(
      target.url,
      "select to_regclass('wallets') is not null as exists",
    );
    if (!exists) return;
    // But for what the migrations put there.
    expect(await dumpEverything(target.url)).to.deep.equal(await dumpEverything((await testDatabase()).url));
  });

  const failure = (lines: readonly string[]) =>
    replayFailure(target, Buffer.from(lines.map((line) => `${line}\n`).join("")));
  /** The number of the first line, from 1, that has this in it. */
  const lineWith = (text: string) => whole.findIndex((line) => line.includes(text)) + 1;
  const changed = (line: number, edit: (text: string) => string) =>
    whole.map((text, index) => (index === line - 1 ? edit(text) : text));

  it("is found out in the line that was edited, whichever it is", async () => {
    const edits: [number, (text: string) => string][] = [
      [1, (text) => text.replace('"version":"1"', '"version":"2"')],
      [lineWith('"assets":'), (text) => text.replace('"ACTIVE"', '"FROZEN"')],
      [lineWith('"amount":"95"') || lineWith('"amount":"65"'), (text) => text.replace('"65"', '"66"')],
      [whole.length, (text) => text.replace('"counts"', '"count "')],
    ];
    for (const [line, edit] of edits) {
      expect(edit(whole[line - 1] ?? "")).not.to.equal(whole[line - 1]);
      expect(await failure(changed(line, edit))).to.match(
        new RegExp(`^Line ${line} of the export: it was changed`),
      );
    }
  });

  it("is found out where a line is missing, doubled, moved, or added", async () => {
    const line = lineWith('"transactions":');
    const at = line - 1;
    const cases: [string[], RegExp][] = [
      [
        whole.toSpliced(at, 1),
        new RegExp(`^Line ${line} .* it is missing: line ${line + 1} is in its place`),
      ],
      [whole.toSpliced(at, 3), new RegExp(`^Line ${line} .* lines ${line} to ${line + 2} are missing`)],
      [
        whole.toSpliced(at, 0, whole[at - 1] ?? ""),
        new RegExp(`^Line ${line} .* it is line ${line - 1} once more`),
      ],
      [
        whole.toSpliced(at, 2, whole[at + 1] ?? "", whole[at] ?? ""),
        new RegExp(`^Line ${line} .*line ${line + 1}`),
      ],
      [[...whole, whole.at(-1) ?? ""], new RegExp(`^Line ${whole.length + 1} .* more after the last line`)],
      [[...whole, ""], new RegExp(`^Line ${whole.length + 1} .* more after the last line`)],
    ];
    for (const [lines, message] of cases) expect(await failure(lines)).to.match(message);
  });

  it("is found out where it was cut off, between lines and within one", async () => {
    const line = lineWith('"outbox":');
    expect(await failure(whole.slice(0, line - 1))).to.match(
      new RegExp(`^Line ${line} .* it is missing.* cut off`),
    );
    const bytes = Buffer.from(whole.join("\n"));
    expect(await replayFailure(target, bytes)).to.match(
      new RegExp(`^Line ${whole.length} .* cut off within it`),
    );
    expect(await replayFailure(target, Buffer.alloc(0))).to.match(/^Line 1 .*it is missing/);
  });

  it("is found out when a forger made every line's own checksum right", async () => {
    const line = lineWith('"holders":');
    const forged = changed(line, (text) => reprint(text, (json) => json.replace('"ACTIVE"', '"CLOSED"')));
    expect(forged[line - 1]).not.to.equal(whole[line - 1]);
    expect(await failure(forged)).to.match(new RegExp(`^Line ${whole.length} .* ledger_sha256`));
  });

  it("is found out by the postings when a forger made every checksum of the file right", async () => {
    const forge = (edit: (json: string) => string, marker: string) => rewritten(whole, edit, marker);
    const edits: [string, (json: string) => string, RegExp][] = [
      [
        '"description":"a \\"quoted',
        (json) => json.replaceAll('"10"', '"11"').replaceAll('"-10"', '"-11"'),
        /leaves \d+, where/,
      ],
      ['"type":"WITHDRAWAL"', (json) => json.replace(/"amount":"-10"/, '"amount":"-9"'), /leaves \d+, where/],
      ['"type":"BONUS"', (json) => json.replace(/"held_after":"0"/, '"held_after":"1"'), /has the hash/],
      [
        '"type":"BONUS"',
        (json) => json.replace(/"posting_seq":"(\d+)"/, '"posting_seq":"99"'),
        /comes where posting \d+ belongs/,
      ],
    ];
    for (const [marker, edit, message] of edits) {
      const { lines, line } = forge(edit, marker);
      const text = await failure(lines);
      expect(text).to.match(message);
      expect(text).to.match(new RegExp(`^Line ${line} of the export: posting \\d+ of wallet [0-9a-f-]{36} `));
    }
  });

  it("is found out by the comparison at the end when a wallet's balance or head was forged", async () => {
    const treasury = '"system_role":"TREASURY"';
    const edits: ((json: string) => string)[] = [
      (json) => json.replace(/"balance":"-(\d+)"/, '"balance":"-1$1"'),
      (json) => json.replace(/"chain_head":"[0-9a-f]{2}/, '"chain_head":"00'),
    ];
    for (const edit of edits) {
      const text = await failure(rewritten(whole, edit, treasury).lines);
      expect(text).to.include("is not equal to the export");
      expect(text).to.match(/wallets that end where their postings lead .* DIFFERENT/);
      expect(text).to.match(/Wallet [0-9a-f-]{36} says balance, posting and head/);
    }
  });

  it("is refused by the database when a constraint does not hold, with the lines that it was in", async () => {
    const { lines, line } = rewritten(
      whole,
      (json) => json.replace('"scale":"0"', '"scale":"10"'),
      '"code":"tin"',
    );
    expect(await failure(lines)).to.match(new RegExp(`^Lines 2 to ${line} .*asset_scale_in_range`));
  });

  it("is refused when a row lacks a column, has another, or is of no table", async () => {
    const edits: [(json: string) => string, RegExp][] = [
      [(json) => json.replace('"status":"ACTIVE",', ""), /^Line 2 .*no proper status/],
      [(json) => json.replace('"status"', '"colour":"red","status"'), /^Line 2 .*no column colour/],
      [(json) => json.replace('"scale":"0"', '"scale":0'), /^Line 2 .*no proper scale/],
      [(json) => json.replace('"assets":', '"leases":'), /^Line 2 .*a row of leases/],
    ];
    for (const [edit, message] of edits)
      expect(await failure(rewritten(whole, edit, '"assets":').lines)).to.match(message);
  });
});

describe("an export that this release cannot replay", () => {
  it("is refused by its header before the target is touched", async () => {
    const target = await emptyTarget();
    const header = {
      format: exportFormat,
      version: "1",
      migrations: ["Ledger1795219200000"],
      snapshot_time: "",
    };
    const cases: [object, RegExp][] = [
      [{ ...header, format: "other" }, /no export of a wallet ledger/],
      [{ ...header, version: "2" }, /version 2, and this release replays version 1/],
      [header, /schema of migrations Ledger1795219200000, and this release/],
    ];
    for (const [content, message] of cases) {
      const line = printLine(1, "header", JSON.stringify(content));
      expect(await replayFailure(target, Buffer.from(line))).to.match(message);
    }
    expect(await replayFailure(target, Buffer.from("id,amount\n1,2\n"))).to.match(/^Line 1 .*does not begin/);
    const tables = await onServer(
      target.url,
      "select from information_schema.tables where table_schema = 'public'",
    );
    expect(tables).to.deep.equal([]);
  });
});

describe("a target that holds a ledger", () => {
  it("is refused and left as it was, also when it holds no more than an asset", async () => {
    const app = await startApp();
    await givenEveryKind(app);
    await app.close();
    const bytes = await exportOf(app.database.url);
    const before = await dumpEverything(app.database.url);
    expect(await replayFailure(app.database, bytes)).to.match(
      /holds a ledger already \(rows in assets, holders/,
    );
    expect(await dumpEverything(app.database.url)).to.deep.equal(before);
    const small = await testDatabase();
    await onServer(small.ownerUrl, insertAsset);
    expect(await replayFailure(small, bytes)).to.include("(rows in assets)");
  });

  it("is what a replay's target cannot become by another's hand while the replay is under way", async () => {
    const bytes = await exportOf((await testDatabase()).url);
    const target = await testDatabase();
    const stranger = await openSession(target.ownerUrl);
    await stranger.query("set lock_timeout = '50ms'");
    let outcome = "";
    async function* watched(): AsyncGenerator<Buffer> {
      const headerBytes = bytes.indexOf(0x0a) + 1;
      yield bytes.subarray(0, headerBytes);
      outcome = await stranger.query(insertAsset).then(
        () => "written",
        (error: Error) => error.message,
      );
      yield bytes.subarray(headerBytes);
    }
    const signal = new AbortController().signal;
    await replayLedger(
      watched(),
      { ownerUrl: target.ownerUrl, serviceRole: "wallet_service" },
      { progress: quiet, bytes: null, signal },
    );
    await stranger.end();
    expect(outcome).to.include("lock timeout");
  });
});

const insertAsset = "insert into assets values ('gold', 'Gold', 0, 'ACTIVE', now(), now())";

/** The lines with those changed that hold the marker first, and every number and checksum of the file made right again. */
function rewritten(
  lines: readonly string[],
  edit: (json: string) => string,
  marker: string,
): { lines: string[]; line: number } {
  const line = lines.findIndex((text) => text.includes(marker)) + 1;
  const writer = new LineWriter();
  for (const [index, text] of lines.slice(1, -1).entries()) {
    const body = bodyOf(text);
    const edited = index + 2 === line ? edit(body) : body;
    if (index + 2 === line) expect(edited, `the edit of line ${line}`).not.to.equal(body);
    if (!body.startsWith('"checksum"')) writer.add(...kindAndJson(edited));
  }
  const header = `${lines[0]}\n`;
  const inner = writer.take();
  const { line: last, sha256 } = writer.end();
  const trailer = JSON.parse(lines.at(-1) ?? "").trailer;
  const sums = { ledger_sha256: sha256, header_sha256: createHash("sha256").update(header).digest("hex") };
  const end = printLine(last, "trailer", JSON.stringify({ ...trailer, ...sums }));
  expect(lines.length, "the ledger of this test").to.be.lessThan(rowsPerChecksum);
  return { lines: (header + inner.toString() + end).split("\n").slice(0, -1), line };
}

/** A line with its content changed and its own checksum right. */
function reprint(text: string, edit: (json: string) => string): string {
  return printLine(JSON.parse(text).line, ...kindAndJson(edit(bodyOf(text)))).trimEnd();
}

const bodyOf = (text: string): string => text.slice(text.indexOf(`",`) + 2);

function kindAndJson(body: string): [string, string] {
  const [, kind = "", json = ""] = /^"([a-z_]+)":(.*)\}$/s.exec(body) ?? [];
  return [kind, json];
}
