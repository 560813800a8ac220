import { existsSync } from "node:fs";
import { expect } from "chai";
import { cleanUp, newDataDir } from "../embedded/support.js";
import { buildWallet, endChildren, freePorts, secret, wallet } from "./support.js";

const nowhere = "postgresql://wallet_service:pw@127.0.0.1:1/wallet";

describe("a configuration that cannot be used", function () {
  this.timeout(60_000);
  before(buildWallet);
  afterEach(endChildren);
  after(cleanUp);

  it("is refused with all of its problems at once, before anything is started", async () => {
    const WALLET_DATA_DIR = newDataDir();
    const env = {
      WALLET_DATA_DIR,
      GRPC_PORT: "x",
      HTTP_PORT: "99999",
      JWT_SECRET: "short",
      KAFKA_BROKERS: "k:1",
      RATE_LIMIT_READS: "-1",
      CONNECTION_LIMIT: "many",
      REDIS_URL: "http://127.0.0.1",
    };
    const { code, stdout, stderr } = await wallet(["serve"], env);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
    expect(stderr.trim().split("\n")).to.deep.equal([
      "The configuration cannot be used:",
      "  GRPC_PORT must be a port number",
      "  HTTP_PORT must be from 0 (any free port) to 65535",
      "  JWT_SECRET must have at least 32 bytes",
      "  RATE_LIMIT_READS must be a whole number, 0 for no limit",
      "  CONNECTION_LIMIT must be a whole number, 0 for no limit",
      "  REDIS_URL must be a redis:// or rediss:// URL",
      "  KAFKA_BROKERS is not served by this release; unset it",
    ]);
    expect(existsSync(WALLET_DATA_DIR)).to.equal(false);
  });

  it("is refused when DATABASE_URL comes without the keys of tokens", async () => {
    const { code, stderr } = await wallet(["serve"], { DATABASE_URL: nowhere });
    expect(code).to.equal(1);
    expect(stderr).to.include("JWT_SECRET, JWKS_FILE or JWKS_URL is required with DATABASE_URL");
  });

  it("is told from a database that is not there, which is one sentence without the password", async () => {
    const env = { ...freePorts, DATABASE_URL: nowhere, JWT_SECRET: secret };
    for (const args of [["serve"], ["migrate", "up"]]) {
      const { code, stdout, stderr } = await wallet(args, env);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
      expect(stderr).to.match(/^The database cannot be used: .*127\.0\.0\.1:1.*\n$/);
      expect(stderr).not.to.include("pw@");
    }
  });

  it("is told from a command that needs DATABASE_URL", async () => {
    for (const args of [["migrate", "status"], ["seed"]]) {
      const { code, stderr } = await wallet(args, { WALLET_DATA_DIR: newDataDir() });
      expect({ code, lines: stderr.trim().split("\n").length }).to.deep.equal({ code: 1, lines: 1 });
      expect(stderr).to.include("Set DATABASE_URL.");
    }
  });
});
