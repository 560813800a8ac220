import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect } from "chai";
import { explained, writeExportFile } from "../../src/recovery/export-file.js";
import { RecoveryError } from "../../src/recovery/recovery-error.js";

describe("an export's file", () => {
  const folder = join(tmpdir(), `wallet-export-${randomUUID()}`);
  const path = join(folder, "ledger.ndjson");
  const { signal } = new AbortController();

  beforeEach(() => mkdir(folder));
  afterEach(() => rm(folder, { recursive: true }));

  const failureOf = async (work: Promise<void>): Promise<Error> =>
    work.then(
      () => expect.fail("it was written"),
      (error: Error) => error,
    );

  it("appears whole under its name, readable by its owner only, and leaves no partial one", async () => {
    const chunks = [Buffer.from("a\n"), Buffer.from("b\n".repeat(100_000)), Buffer.from("c\n")];
    const seen: string[][] = [];
    async function* content() {
      for (const chunk of chunks) {
        seen.push(await readdir(folder));
        yield chunk;
      }
    }
    await writeExportFile(path, Readable.from(content()), signal);
    expect(await readFile(path)).to.deep.equal(Buffer.concat(chunks));
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(new Set(seen.flat())).to.deep.equal(new Set(["ledger.ndjson.partial"]));
    expect(await readdir(folder)).to.deep.equal(["ledger.ndjson"]);
  });

  it("is never written over, nor is the partial file of another export", async () => {
    const content = () => Readable.from([Buffer.from("new\n")]);
    await writeFile(path, "old\n");
    const taken = await failureOf(writeExportFile(path, content(), signal));
    expect(taken).to.be.instanceOf(RecoveryError).with.property("message").include("is there already");
    expect(await readFile(path, "utf8")).to.equal("old\n");
    await rm(path);
    await writeFile(`${path}.partial`, "half\n");
    const busy = await failureOf(writeExportFile(path, content(), signal));
    expect(busy).to.be.instanceOf(RecoveryError).with.property("message").include("another export writes it");
    expect(await readFile(`${path}.partial`, "utf8")).to.equal("half\n");
  });

  it("is gone again when the export fails or is stopped half-way", async () => {
    async function* failing() {
      yield Buffer.from("a\n");
      throw new Error("the database went");
    }
    const failed = await failureOf(writeExportFile(path, Readable.from(failing()), signal));
    expect(failed.message).to.equal("the database went");
    expect(await readdir(folder)).to.deep.equal([]);
    const abort = new AbortController();
    async function* stopping() {
      yield Buffer.from("a\n");
      abort.abort();
      yield Buffer.from("b\n");
    }
    const stopped = await failureOf(writeExportFile(path, Readable.from(stopping()), abort.signal));
    expect(stopped.name).to.equal("AbortError");
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it("says so when its folder cannot be written", async () => {
    const nowhere = join(folder, "none", "ledger.ndjson");
    const failed = await failureOf(writeExportFile(nowhere, Readable.from([]), signal));
    expect(failed)
      .to.be.instanceOf(RecoveryError)
      .with.property("message")
      .include("cannot be made (ENOENT)");
  });

  it("says so when the disk is full", async () => {
    // The one device that is always full: what is written to it fails as on a full disk.
    const { createWriteStream } = await import("node:fs");
    const failed = await failureOf(
      pipeline(Readable.from([Buffer.alloc(1_000_000)]), createWriteStream("/dev/full")),
    );
    expect(explained(failed, "ledger.ndjson"))
      .to.be.instanceOf(RecoveryError)
      .with.property("message")
      .match(/^The disk is full: ledger.ndjson could not be written/);
  });

  it("says so when whoever reads standard output goes", async () => {
    const gone = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("broken pipe"), { code: "EPIPE" })),
    });
    const failed = await failureOf(pipeline(Readable.from([Buffer.from("a\n")]), gone));
    expect(explained(failed, "standard output"))
      .to.be.instanceOf(RecoveryError)
      .with.property("message")
      .include("went before its end");
  });
});
