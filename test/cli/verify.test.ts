import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { systemWalletId } from "../../src/ledger/wallet.js";
import { onServer, openSession } from "../support/postgres.js";
import { type EmptyDatabase, emptyDatabase, endChildren, serve, wallet } from "./support.js";

const treasury = systemWalletId("gold_coins", "TREASURY");

describe("wallet verify", function () {
  this.timeout(120_000);
  let database: EmptyDatabase;
  let env: Record<string, string>;

  before(async () => {
    database = await emptyDatabase();
    // An auditor has no use for what tokens are signed with.
    env = { ...database };
    await wallet(["migrate", "up"], env);
    await wallet(["seed"], env);
  });
  after(endChildren);

  /** The lines that a check says as JSON. */
  const linesOf = (stdout: string): Record<string, unknown>[] =>
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  async function damaged(work: () => Promise<void>): Promise<void> {
    const change = (by: number) =>
      onServer(database.DATABASE_OWNER_URL, "update wallets set balance = balance + $2 where id = $1", [
        treasury,
        by,
      ]);
    await change(1);
    await work();
    await change(-1);
  }

  it("ends with 0 and says so in a sentence, when the ledger is sound", async () => {
    const { code, stdout, stderr } = await wallet(["verify", "--throttle", "1"], env);
    expect(stdout).to.match(
      /^The ledger is sound: 24 postings of 32 wallets verified as of \d{4}-\d\d-\d\dT[\d:.]+Z\.\n$/,
    );
    expect(stderr).to.match(/^░{24} {3}0 % {2}0 of 24 postings/);
    expect(code).to.equal(0);
  });

  it("warns when it knows no key that checkpoints may be sealed with, and of none otherwise", async () => {
    const warning = /The keys of the checkpoints were not compared with any: .*CHECKPOINT_TRUSTED_KEY_IDS\.$/;
    const known = { ...env, CHECKPOINT_TRUSTED_KEY_IDS: "ab".repeat(32) };
    expect((await wallet(["verify"], env)).stderr.trimEnd()).to.match(warning);
    expect((await wallet(["verify"], known)).stderr).not.to.include("not compared");
    const verdictOf = async (args: string[], of: Record<string, string>) =>
      linesOf((await wallet(["verify", "--json", ...args], of)).stdout).at(-1);
    expect(await verdictOf([], env))
      .to.have.property("warning")
      .that.matches(warning);
    expect(await verdictOf([], known)).not.to.have.property("warning");
    expect(await verdictOf(["--asset", "gold_coins"], env)).not.to.have.property("warning");
  });

  it("ends with 1 and names the rows, when it is not", async () => {
    await damaged(async () => {
      const { code, stdout } = await wallet(["verify", "--throttle", "1"], env);
      expect(code).to.equal(1);
      expect(stdout).to.match(/^WALLET_BALANCE {7}The balance of wallet /);
      expect(stdout)
        .to.include(treasury)
        .and.to.match(/\n {21}expected -\d+\n {21}found {4}-\d+\n/);
      expect(stdout).to.match(/\nThe ledger is NOT sound: 2 findings; /);
    });
  });

  it("says everything as lines of JSON when it is asked to", async () => {
    await damaged(async () => {
      const { code, stdout, stderr } = await wallet(["verify", "--json", "--asset", "gold_coins"], env);
      const lines = linesOf(stdout);
      expect(lines.map(({ kind }) => kind).filter((kind) => kind !== "progress")).to.deep.equal([
        "finding",
        "finding",
        "verdict",
      ]);
      expect(lines.find(({ kind }) => kind === "finding")?.finding).to.deep.include({
        rule: "WALLET_BALANCE",
        walletId: treasury,
      });
      expect(lines.at(-1)?.verdict).to.deep.include({ findingCount: "2" });
      expect({ code, stderr }).to.deep.equal({ code: 1, stderr: "" });
    });
  });

  it("goes on from where an earlier check was", async () => {
    const first = linesOf((await wallet(["verify", "--json"], env)).stdout);
    const resume = String(first[0]?.resumeToken);
    const { code, stdout } = await wallet(["verify", "--json", "--resume", resume], env);
    expect(code).to.equal(0);
    expect(linesOf(stdout).at(-1)?.verdict).to.deep.equal(first.at(-1)?.verdict);
  });

  it("ends with 2 and says why, when it cannot find out", async () => {
    const said = async (args: string[], more: Record<string, string> = {}) => {
      const { code, stderr } = await wallet(["verify", ...args], { ...env, ...more });
      expect(code, stderr).to.equal(2);
      return stderr;
    };
    expect(await said(["--asset", "none"])).to.equal("There is no asset none.\n");
    expect(await said(["--resume", "anywhere"])).to.include("--resume is not a token");
    const nobody = { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none" };
    expect(await said([], nobody)).to.include("The database cannot be used");
    const behind = await emptyDatabase();
    expect(await said([], { ...behind })).to.include("run `wallet migrate up`");
    const session = await openSession(database.DATABASE_OWNER_URL);
    await session.query("begin; lock table postings in access exclusive mode");
    expect(await said(["--throttle", "1"])).to.match(
      /\nGo on with --resume \S+\nThe database cannot be reached/,
    );
    await session.end();
  });

  describe("without DATABASE_URL", () => {
    let dataDir: string;

    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), "wallet-verify-"));
    });
    afterEach(async () => {
      await endChildren();
      await rm(dataDir, { recursive: true, force: true });
    });

    it("checks the embedded ledger, beside the service that runs it and without it", async () => {
      const embedded = { WALLET_DATA_DIR: join(dataDir, "data") };
      const nothing = await wallet(["verify"], embedded);
      expect(nothing.code).to.equal(2);
      expect(nothing.stderr).to.match(/^There is no ledger in /);
      const service = await serve(embedded);
      const beside = await wallet(["verify", "--throttle", "1"], embedded);
      expect(beside.stdout, beside.stderr).to.match(/^The ledger is sound: 24 postings/);
      service.child.kill("SIGTERM");
      await service.ended;
      const alone = await wallet(["verify"], embedded);
      expect(alone.stdout, alone.stderr).to.match(/^The ledger is sound: 24 postings/);
      expect(alone.code).to.equal(0);
    });
  });
});
