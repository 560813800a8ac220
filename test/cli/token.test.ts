import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { decodeJwt, jwtVerify } from "jose";
import { cleanUp, newDataDir } from "../embedded/support.js";
import { endChildren, secret, wallet } from "./support.js";

describe("wallet token", function () {
  this.timeout(60_000);
  afterEach(endChildren);
  after(cleanUp);

  it("prints a token for the local instance and nothing else", async () => {
    const WALLET_DATA_DIR = newDataDir();
    const { code, stdout, stderr } = await wallet(["token", "--sub", "alice", "--role", "holder"], {
      WALLET_DATA_DIR,
    });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout).to.match(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const kept = join(WALLET_DATA_DIR, "jwt-secret");
    const key = new TextEncoder().encode(await readFile(kept, "utf8"));
    const { payload } = await jwtVerify(stdout.trim(), key, { issuer: "wallet", audience: "wallet" });
    expect(payload).to.include({ sub: "alice", role: "holder" });
    expect((await stat(kept)).mode & 0o777).to.equal(0o600);
  });

  it("signs with JWT_SECRET for the issuer and audience of the configuration, for as long as it is told to", async () => {
    const env = { JWT_SECRET: secret, JWT_ISSUER: "issuer", JWT_AUDIENCE: "audience" };
    const { stdout } = await wallet(["token", "--sub", "ci", "--role", "service", "--ttl", "60"], env);
    const { iss, aud, iat = 0, exp = 0 } = decodeJwt(stdout.trim());
    expect({ iss, aud, seconds: exp - iat }).to.deep.equal({ iss: "issuer", aud: "audience", seconds: 60 });
  });

  it("refuses a role, a subject and a duration that the service would not accept, on standard error", async () => {
    const wrong = [
      ["--sub", "alice", "--role", "king"],
      ["--sub", "", "--role", "holder"],
      ["--sub", "alice", "--role", "holder", "--ttl", "0"],
      ["--sub", "alice"],
    ];
    const said = await Promise.all(wrong.map((args) => wallet(["token", ...args], { JWT_SECRET: secret })));
    expect(said.map(({ code, stdout }) => [code, stdout])).to.deep.equal(wrong.map(() => [1, ""]));
    expect(said[0]?.stderr).to.include("one of holder, service, auditor, operator, admin");
    for (const { stderr } of said) expect(stderr.trim().split("\n"), stderr).to.have.lengthOf(1);
  });

  it("says that it cannot sign where only public keys are configured", async () => {
    const env = { JWKS_FILE: "keys.json" };
    const { code, stdout, stderr } = await wallet(["token", "--sub", "alice", "--role", "holder"], env);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
    expect(stderr).to.equal("Tokens can be made only with JWT_SECRET or in embedded mode.\n");
  });
});
