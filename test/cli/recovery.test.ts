import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { removeDataDir } from "../../src/embedded/temporary.js";
import { onServer } from "../support/postgres.js";
import { dumpEverything } from "../support/recovery.js";
import {
  buildWallet,
  type EmptyDatabase,
  emptyDatabase,
  endChildren,
  main,
  secret,
  serve,
  wallet,
} from "./support.js";

const place = (name: string) => join(tmpdir(), `wallet-recovery-${randomUUID()}-${name}`);

describe("wallet export and wallet replay", function () {
  this.timeout(180_000);
  let database: EmptyDatabase;
  let env: Record<string, string>;
  const made: string[] = [];

  before(async () => {
    await buildWallet();
    database = await emptyDatabase();
    env = { ...database, JWT_SECRET: secret };
    await wallet(["migrate", "up"], env);
    await wallet(["seed"], env);
  });
  afterEach(async () => {
    await endChildren();
    for (const path of made.splice(0)) await removeDataDir(path);
  });

  const temporary = (name: string): string => {
    const path = place(name);
    made.push(path);
    return path;
  };

  it("write a file with a summary, and rebuild a ledger from it with a report", async () => {
    const file = temporary("ledger.ndjson");
    const exported = await wallet(["export", "--output", file], env);
    expect(exported).to.include({ code: 0, stdout: "" });
    expect(exported.stderr).to.match(
      /Exported 12 transactions with 24 postings of 20 wallets to .*; ledger sha256 [0-9a-f]{64}\n$/,
    );
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const target = await emptyDatabase();
    const replayed = await wallet(["replay", file], { ...target, JWT_SECRET: secret });
    expect(replayed.code, replayed.stderr).to.equal(0);
    expect(replayed.stdout).to.match(/^Replayed the ledger of \d{4}-\S+Z: every posting worked out again/);
    expect(replayed.stdout)
      .to.match(/postings +24 +24 +equal\n/)
      .and.to.include("The rebuilt ledger is equal.");
    expect(replayed.stdout).not.to.include("DIFFERENT");
    expect(await dumpEverything(target.DATABASE_URL)).to.deep.equal(
      await dumpEverything(database.DATABASE_URL),
    );
  });

  it("speak of a file that is there, of none that can be read, and of a target that is not empty", async () => {
    const file = temporary("ledger.ndjson");
    await writeFile(file, "mine\n");
    const exported = await wallet(["export", "--output", file], env);
    expect(exported.code).to.equal(1);
    expect(exported.stderr).to.include(`${file} is there already`);
    expect(await readFile(file, "utf8")).to.equal("mine\n");
    const nothing = await wallet(["replay", `${file}.none`], env);
    expect([nothing.code, nothing.stderr]).to.deep.equal([
      1,
      `${file}.none cannot be read: name a file that \`wallet export\` wrote, or -.\n`,
    ]);
    await rm(file);
    await wallet(["export", "--output", file], env);
    const before = await dumpEverything(database.DATABASE_URL);
    const filled = await wallet(["replay", file], env);
    expect(filled.code).to.equal(1);
    expect(filled.stderr).to.match(/^The target holds a ledger already \(rows in assets, /);
    expect(await dumpEverything(database.DATABASE_URL)).to.deep.equal(before);
  });

  it("refuse a schema that is not this release's", async () => {
    const empty = await emptyDatabase();
    const { code, stdout, stderr } = await wallet(["export"], { ...empty, JWT_SECRET: secret });
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
    expect(stderr).to.include("that of migrations (none)").and.to.include("wallet migrate up");
  });

  it("write to standard output nothing but the export, and read it from standard input", async () => {
    const { code, stdout } = await wallet(["export"], env);
    expect(code).to.equal(0);
    const lines = stdout.split("\n").slice(0, -1);
    expect(lines.map((line) => JSON.parse(line).line)).to.deep.equal(lines.map((_, index) => index + 1));
    const target = await emptyDatabase();
    const child = begin("replay", "-", target);
    child.stdin?.end(stdout);
    const [ended] = await once(child, "close");
    expect(ended).to.equal(0);
    expect(await dumpEverything(target.DATABASE_URL)).to.deep.equal(
      await dumpEverything(database.DATABASE_URL),
    );
  });

  it("say so when the disk behind standard output is full", async () => {
    const failed = await promisify(execFile)(
      "/bin/sh",
      ["-c", `exec "$0" ${main} export > /dev/full`, process.execPath],
      {
        env: { PATH: process.env.PATH ?? "", ...env },
      },
    ).then(
      () => expect.fail("it was written"),
      (error: { code: number; stderr: string }) => error,
    );
    expect(failed.code).to.equal(1);
    expect(failed.stderr).to.match(/^The disk is full: standard output could not be written to its end/m);
  });

  it("stop at a signal, and leave nothing replayed", async () => {
    const { stdout } = await wallet(["export"], env);
    const target = await emptyDatabase();
    const child = begin("replay", "-", target);
    const lines = stdout.split("\n");
    child.stdin?.write(`${lines.slice(0, lines.length / 2).join("\n")}\n`);
    let stderr = "";
    child.stderr?.on("data", (part: Buffer) => {
      stderr += part;
    });
    const exists =
      "select count(*)::int as sessions from pg_locks where relation = to_regclass('wallets') and mode = 'ShareRowExclusiveLock'";
    for (let sessions = 0; sessions === 0; ) {
      const [row] = await onServer<{ sessions: number }>(target.DATABASE_OWNER_URL, exists);
      sessions = row?.sessions ?? 0;
    }
    child.kill("SIGINT");
    const [code] = await once(child, "close");
    expect([code, stderr]).to.deep.equal([1, "Stopped: nothing was replayed.\n"]);
    expect(Object.values(await dumpEverything(target.DATABASE_URL)).flat()).to.deep.equal([]);
  });

  it("work with the embedded PostgreSQL, while a service runs on it and while none does", async () => {
    const source = temporary("source");
    const running = await serve({ WALLET_DATA_DIR: source });
    const live = await wallet(["export"], { WALLET_DATA_DIR: source });
    expect(live.code, live.stderr).to.equal(0);
    running.child.kill("SIGTERM");
    await running.ended;
    const still = await wallet(["export"], { WALLET_DATA_DIR: source });
    const rows = (text: string) => text.split("\n").slice(1, -2);
    expect(rows(still.stdout)).to.deep.equal(rows(live.stdout)).and.to.have.length.greaterThan(24);
    const file = temporary("ledger.ndjson");
    await writeFile(file, live.stdout);
    const target = temporary("target");
    const replayed = await wallet(["replay", file], { WALLET_DATA_DIR: target });
    expect(replayed.code, replayed.stderr).to.equal(0);
    const again = await wallet(["export"], { WALLET_DATA_DIR: target });
    expect(rows(again.stdout)).to.deep.equal(rows(live.stdout));
  });

  it("make no database where there is none to export", async () => {
    const nowhere = temporary("nowhere");
    const { code, stderr } = await wallet(["export"], { WALLET_DATA_DIR: nowhere });
    expect([code, stderr]).to.deep.equal([
      1,
      `There is no ledger in ${nowhere}: set WALLET_DATA_DIR or DATABASE_URL.\n`,
    ]);
    expect(await stat(nowhere).catch(() => "absent")).to.equal("absent");
  });

  function begin(command: string, argument: string, target: EmptyDatabase): ChildProcess {
    return spawn(process.execPath, [main, command, argument], {
      env: { PATH: process.env.PATH ?? "", ...target, JWT_SECRET: secret },
      stdio: ["pipe", "ignore", "pipe"],
    });
  }
});
