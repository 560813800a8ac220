import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect } from "chai";
import { removeDataDir } from "../../src/embedded/temporary.js";
import { AdminService } from "../../src/gen/wallet/v1/admin_service_pb.js";
import { keyFile } from "../support/key-file.js";
import { onServer, testDatabase } from "../support/postgres.js";
import { dumpEverything, exportOf } from "../support/recovery.js";
import { type EmptyDatabase, emptyDatabase, endChildren, main, secret, serve, wallet } from "./support.js";

describe("wallet export and wallet replay", function () {
  this.timeout(180_000);
  let database: EmptyDatabase;
  let env: Record<string, string>;
  const made: { files: string[]; folders: string[] } = { files: [], folders: [] };

  before(async () => {
    database = await emptyDatabase();
    env = { ...database };
    await wallet(["migrate", "up"], env);
    await wallet(["seed"], env);
  });
  afterEach(async () => {
    await endChildren();
    for (const path of made.files.splice(0)) await rm(path, { force: true });
    for (const path of made.folders.splice(0)) await removeDataDir(path);
  });

  const temporary = (kind: keyof typeof made): string => {
    const path = join(tmpdir(), `wallet-recovery-${randomUUID()}`);
    made[kind].push(path);
    return path;
  };

  it("write a file with a summary, and rebuild a ledger from it with a report, once", async () => {
    const file = temporary("files");
    const exported = await wallet(["export", "--output", file], env);
    expect(exported).to.include({ code: 0, stdout: "" });
    expect(exported.stderr).to.match(
      /Exported 12 transactions with 24 postings of \d+ wallets to .*; ledger sha256 [0-9a-f]{64}\n$/,
    );
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const target = await emptyDatabase();
    const replay = () => wallet(["replay", file], { ...target });
    const replayed = await replay();
    expect(replayed.code, replayed.stderr).to.equal(0);
    expect(replayed.stdout).to.match(/^Replayed the ledger of \d{4}-\S+Z: every posting worked out again/);
    expect(replayed.stdout)
      .to.match(/postings +24 +24 +equal\n/)
      .and.to.include("The rebuilt ledger is equal.");
    expect(replayed.stdout).not.to.include("DIFFERENT").and.not.to.include("CHECKPOINT_TRUSTED_KEY_IDS");
    const again = await replay();
    expect({ code: again.code, stdout: again.stdout }).to.deep.equal({ code: 1, stdout: "" });
    expect(again.stderr).to.match(/^The target holds a ledger already \(rows in assets, /);
    expect(await dumpEverything(target.DATABASE_URL)).to.deep.equal(
      await dumpEverything(database.DATABASE_URL),
    );
  });

  it("say what they cannot read: a schema of another release, a missing file, a missing database", async () => {
    const empty = await emptyDatabase();
    const schema = await wallet(["export"], { ...empty });
    expect([schema.code, schema.stdout]).to.deep.equal([1, ""]);
    expect(schema.stderr).to.include("that of migrations (none)").and.to.include("wallet migrate up");
    const missing = temporary("files");
    const file = await wallet(["replay", missing], env);
    expect([file.code, file.stderr]).to.deep.equal([
      1,
      `${missing} cannot be read (ENOENT): name a file that \`wallet export\` wrote, or -.\n`,
    ]);
    const nowhere = temporary("folders");
    const ledger = await wallet(["export"], { WALLET_DATA_DIR: nowhere });
    expect([ledger.code, ledger.stderr]).to.deep.equal([
      1,
      `There is no ledger in ${nowhere}: set WALLET_DATA_DIR or DATABASE_URL.\n`,
    ]);
    expect(await stat(nowhere).catch(() => "absent")).to.equal("absent");
  });

  it("say so when the disk behind standard output is full", async () => {
    const run = promisify(execFile)(
      "/bin/sh",
      ["-c", `exec "$0" ${main} export > /dev/full`, process.execPath],
      { env: { PATH: process.env.PATH ?? "", ...env } },
    );
    const failed = await run.then(
      () => expect.fail("it was written"),
      (error: { code: number; stderr: string }) => error,
    );
    expect(failed.code).to.equal(1);
    expect(failed.stderr).to.match(/^The disk is full: standard output could not be written to its end/m);
  });

  it("stop at a signal, and leave nothing replayed", async () => {
    const lines = (await exportOf(database.DATABASE_URL)).toString().split("\n");
    const target = await emptyDatabase();
    const child = begin("replay", "-", { ...target });
    child.stdin?.write(`${lines.slice(0, lines.length / 2).join("\n")}\n`);
    let stderr = "";
    child.stderr?.on("data", (part: Buffer) => {
      stderr += part;
    });
    const locked =
      "select from pg_locks where relation = to_regclass('wallets') and mode = 'ShareRowExclusiveLock'";
    for (let found = 0; found === 0; await pause(20)) {
      found = (await onServer(target.DATABASE_OWNER_URL, locked)).length;
    }
    child.kill("SIGINT");
    const [code] = await once(child, "close");
    expect([code, stderr]).to.deep.equal([1, "Stopped: nothing was replayed.\n"]);
    // But for what the migrations put there.
    const untouched = await dumpEverything((await testDatabase()).url);
    expect(await dumpEverything(target.DATABASE_URL)).to.deep.equal(untouched);
  });

  it("work with the embedded PostgreSQL, while a service runs on it and while none does", async () => {
    const source = temporary("folders");
    const running = await serve({ WALLET_DATA_DIR: source });
    const live = await wallet(["export"], { WALLET_DATA_DIR: source });
    running.child.kill("SIGTERM");
    await running.ended;
    expect(live.code, live.stderr).to.equal(0);
    const target = temporary("folders");
    const child = begin("replay", "-", { WALLET_DATA_DIR: target });
    child.stdin?.end(live.stdout);
    expect((await once(child, "close"))[0]).to.equal(0);
    const again = await wallet(["export"], { WALLET_DATA_DIR: target });
    const rows = ({ stdout }: { stdout: string }) => stdout.split("\n").slice(1, -2);
    expect(rows(again)).to.deep.equal(rows(live)).and.to.have.length.greaterThan(24);
  });

  it("leave checkpoints that count again once their key is named, and not before", async () => {
    const [key, other] = [keyFile(), keyFile()];
    const source = await emptyDatabase();
    await wallet(["migrate", "up"], { ...source });
    await wallet(["seed"], { ...source });
    const running = await serve({ ...source, JWT_SECRET: secret, CHECKPOINT_KEY_FILE: key.path });
    const token = await wallet(["token", "--sub", "sealer", "--role", "admin"], { JWT_SECRET: secret });
    const admin = createClient(
      AdminService,
      createGrpcTransport({ baseUrl: `http://127.0.0.1:${running.grpcPort}` }),
    );
    const headers = { authorization: `Bearer ${token.stdout.trim()}`, "idempotency-key": "sealed" };
    const { checkpoint } = await admin.createCheckpoint({}, { headers });
    running.child.kill("SIGTERM");
    await running.ended;
    const file = temporary("files");
    await wallet(["export", "--output", file], { ...source });
    const target = await emptyDatabase();
    const { stdout } = await wallet(["replay", file], { ...target });
    const keyId = checkpoint?.keyId ?? "";
    expect(stdout).to.include("CHECKPOINT_TRUSTED_KEY_IDS").and.to.include(keyId);
    const stranger = { ...target, CHECKPOINT_KEY_FILE: other.path };
    const untrusted = await wallet(["verify"], stranger);
    expect(untrusted.code, untrusted.stdout).to.equal(1);
    expect(untrusted.stdout).to.include(checkpoint?.id ?? "");
    const trusted = await wallet(["verify"], { ...stranger, CHECKPOINT_TRUSTED_KEY_IDS: keyId });
    expect(trusted.code, trusted.stdout).to.equal(0);
    for (const one of [key, other]) one.remove();
  });

  function begin(command: string, argument: string, variables: Record<string, string>): ChildProcess {
    return spawn(process.execPath, [main, command, argument], {
      env: { PATH: process.env.PATH ?? "", ...variables },
      stdio: ["pipe", "ignore", "pipe"],
    });
  }
});
