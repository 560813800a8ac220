import { existsSync } from "node:fs";
import { expect } from "chai";
import { readConfig } from "../../src/config.js";
import { cleanUp, newDataDir } from "../embedded/support.js";
import { endChildren, freePorts, secret, wallet } from "./support.js";

const nowhere = "postgresql://wallet_service:pw@127.0.0.1:1/wallet";

describe("a configuration that cannot be used", function () {
  this.timeout(60_000);
  afterEach(endChildren);
  after(cleanUp);

  it("is refused with all of its problems at once, before anything is started", async () => {
    const WALLET_DATA_DIR = newDataDir();
    const env = {
      WALLET_DATA_DIR,
      GRPC_PORT: "x",
      HTTP_PORT: "99999",
      DATABASE_PREPARED_STATEMENTS: "perhaps",
      JWT_SECRET: "short",
      OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318",
      OTEL_TRACES_SAMPLER_ARG: "2",
      CHECKPOINT_TRUSTED_KEY_IDS: "7,8",
      CHECKPOINT_INTERVAL_HOURS: "-1",
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
      "  DATABASE_PREPARED_STATEMENTS must be on or off",
      "  JWT_SECRET must have at least 32 bytes",
      "  CHECKPOINT_TRUSTED_KEY_IDS must be key ids (64 hexadecimal digits), with commas in between",
      "  CHECKPOINT_INTERVAL_HOURS must be a number of hours, or 0 for never",
      "  RATE_LIMIT_READS must be a whole number, 0 for no limit",
      "  CONNECTION_LIMIT must be a whole number, 0 for no limit",
      "  REDIS_URL must be a redis:// or rediss:// URL",
      "  OTEL_EXPORTER_OTLP_ENDPOINT must be an http(s) URL",
      "  OTEL_TRACES_SAMPLER_ARG must be from 0 to 1",
      "  KAFKA_BROKERS is not served by this release; unset it",
    ]);
    expect(existsSync(WALLET_DATA_DIR)).to.equal(false);
  });

  it("is refused when DATABASE_URL comes without the keys of tokens", async () => {
    const { code, stderr } = await wallet(["serve"], { DATABASE_URL: nowhere });
    expect(code).to.equal(1);
    expect(stderr).to.include("JWT_SECRET, JWKS_FILE or JWKS_URL is required with DATABASE_URL");
  });

  it("never has an empty issuer of tokens, which is that of the service itself in the audit log", () => {
    expect(() => readConfig({ JWT_ISSUER: " " })).to.throw("JWT_ISSUER must not be empty");
    expect(readConfig({ JWT_ISSUER: "" }).jwtIssuer).to.equal("wallet");
  });

  it("is refused when TLS is set up in part only", async () => {
    const env = { TLS_KEY: "k.pem", TLS_CLIENT_CA: "ca.pem", TLS_IDENTITIES: "i.json", JWT_ISSUER: "mtls" };
    const { code, stderr } = await wallet(["serve"], { WALLET_DATA_DIR: newDataDir(), ...env });
    expect(code).to.equal(1);
    expect(stderr.trim().split("\n")).to.deep.equal([
      "The configuration cannot be used:",
      "  TLS_CERT and TLS_KEY belong together; set both or neither",
      "  TLS_CLIENT_CA is of no use without TLS_CERT and TLS_KEY",
      "  JWT_ISSUER must not be mtls with TLS_IDENTITIES: certificates are known under that name",
    ]);
    expect(() => readConfig({ TLS_CERT: "c", TLS_KEY: "k", TLS_IDENTITIES: "i" })).to.throw(
      "TLS_IDENTITIES is of no use without TLS_CLIENT_CA",
    );
    expect(() => readConfig({ JWKS_URL: "https://user:hunter2@keys.test/" }))
      .to.throw("JWKS_URL must not hold a user or password")
      .with.property("message")
      .that.does.not.include("hunter2");
  });

  it("is refused when a file of TLS cannot be used, before anything is started", async () => {
    const WALLET_DATA_DIR = newDataDir();
    const env = { WALLET_DATA_DIR, TLS_CERT: "README.md", TLS_KEY: "no/such/key.pem" };
    const missing = await wallet(["serve"], { ...freePorts, ...env });
    expect(missing.code).to.equal(1);
    expect(missing.stderr).to.equal(
      "The configuration cannot be used:\n  TLS_KEY names no/such/key.pem, which cannot be read (ENOENT)\n",
    );
    const wrong = await wallet(["serve"], { ...freePorts, ...env, TLS_KEY: "README.md" });
    expect(wrong.code).to.equal(1);
    expect(wrong.stderr).to.equal(
      "The configuration cannot be used:\n  TLS_CERT does not hold whole PEM certificates\n",
    );
    expect(existsSync(WALLET_DATA_DIR)).to.equal(false);
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
