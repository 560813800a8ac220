import { createHash } from "node:crypto";
import { expect } from "chai";
import { readCheckedLines } from "../../src/recovery/checked-lines.js";
import { printLine, rowsPerChecksum } from "../../src/recovery/export-format.js";
import { LineWriter } from "../../src/recovery/line-writer.js";

const rows = rowsPerChecksum * 2 + 3;

describe("the lines of an export", () => {
  const header = printLine(1, "header", "{}");
  const writer = new LineWriter();
  for (let row = 0; row < rows; row++) writer.add("assets", JSON.stringify({ row, text: "ä\n😀" }));
  const inner = writer.take().toString();
  const { line, sha256 } = writer.end();
  const trailer = printLine(
    line,
    "trailer",
    JSON.stringify({
      header_sha256: createHash("sha256").update(header).digest("hex"),
      ledger_sha256: sha256,
    }),
  );
  const file = header + inner + trailer;

  const read = async (text: string) => {
    async function* bytes() {
      yield Buffer.from(text);
    }
    const lines = [];
    for await (const checked of readCheckedLines(bytes())) lines.push(checked);
    return lines;
  };
  const failure = (text: string) =>
    read(text).then(
      () => expect.fail("the lines were read"),
      (error: Error) => error.message,
    );

  it("are read as they were written, without the checksums between them", async () => {
    const lines = await read(file);
    expect(lines.map(({ kind }) => kind)).to.deep.equal(["header", ...Array(rows).fill("assets"), "trailer"]);
    expect(lines[rows]?.content).to.deep.equal({ row: rows - 1, text: "ä\n😀" });
    expect(lines.at(-1)?.line).to.equal(rows + 4);
  });

  it("are found changed between two checksums, when each line's own was made right", async () => {
    const row = rowsPerChecksum + 7;
    const text = file
      .split("\n")
      .map((one) => (one.includes(`{"row":${row},`) ? reprinted(one, row) : one))
      .join("\n");
    const checksumLine = 2 + rowsPerChecksum * 2 + 1;
    expect(await failure(text)).to.match(
      new RegExp(`^Line ${checksumLine} .* the lines before it, down to the checksum`),
    );
  });

  it("are JSON that any tool reads, one to a line", () => {
    const parsed = file
      .split("\n")
      .slice(0, -1)
      .map((one) => JSON.parse(one));
    expect(parsed.map((one) => one.line)).to.deep.equal(
      Array.from({ length: rows + 4 }, (_, index) => index + 1),
    );
  });

  it("are refused when one of them has no kind, or is no JSON within", async () => {
    expect(await failure(printLine(1, "Header", "{}"))).to.match(/^Line 1 .*does not say what it holds/);
    expect(await failure(printLine(1, "header", "{"))).to.match(/^Line 1 .*not JSON/);
    expect(await failure(printLine(1, "assets", "{}"))).to.match(/^Line 1 .*the header is the first line/);
    expect(await failure(header + printLine(2, "header", "{}"))).to.match(
      /^Line 2 .*the header is the first line/,
    );
  });

  function reprinted(one: string, row: number): string {
    return printLine(JSON.parse(one).line, "assets", JSON.stringify({ row, text: "changed" })).trimEnd();
  }
});
