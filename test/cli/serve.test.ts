import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { expect } from "chai";
import { cleanUp, newDataDir, processesNaming } from "../embedded/support.js";
import { endChildren, freePorts, main, program, type RunningService, serve, wallet } from "./support.js";

describe("wallet serve, embedded", function () {
  this.timeout(120_000);
  let WALLET_DATA_DIR: string;
  let service: RunningService;
  let address: string;

  before(async () => {
    WALLET_DATA_DIR = newDataDir();
    service = await serve({ WALLET_DATA_DIR });
    address = `127.0.0.1:${service.grpcPort}`;
  });
  after(async () => {
    await endChildren();
    await cleanUp();
  });

  it("refuses a second start on its data directory, and names the process that has it", async () => {
    const { code, stdout, stderr } = await wallet(["serve"], { ...freePorts, WALLET_DATA_DIR });
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
    expect(stderr).to.equal(
      `The data directory ${WALLET_DATA_DIR} is in use by process ${service.child.pid}; ` +
        "stop it, or set WALLET_DATA_DIR to another folder.\n",
    );
  });

  it("passes the first-use check, as often as it is run", async () => {
    for (let run = 0; run < 2; run++) {
      const { code, stdout } = await program(["demo/first-use.ts"], {
        WALLET_DATA_DIR,
        WALLET_ADDRESS: address,
      });
      expect(code, stdout).to.equal(0);
      expect(stdout).to.include("IDEMPOTENCY_KEY_REUSED").and.to.include("INSUFFICIENT_FUNDS, 275 short");
      expect(stdout, "colours are for terminals").not.to.include("\u001b");
    }
  });

  it("answers the typed client of the README, which moves nothing when it is run again", async () => {
    const readme = await readFile("README.md", "utf8");
    const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1]?.replace("localhost:50051", address) ?? "";
    const asAlice = ["token", "--sub", "alice", "--role", "holder"];
    const TOKEN = (await wallet(asAlice, { WALLET_DATA_DIR })).stdout.trim();
    const once = await program(["--input-type=module", "--eval", code], { TOKEN });
    expect(once, once.stderr).to.include({ code: 0, stderr: "" });
    expect(once.stdout).to.match(/^[\w-]{36} 975n\n$/);
    const again = await program(["--input-type=module", "--eval", code], { TOKEN });
    expect(again.stdout).to.equal(once.stdout);
  });

  it("takes a Ctrl-C that npm passes on as well for one signal, ends with 0 and leaves nothing running", async () => {
    service.child.kill("SIGINT");
    service.child.kill("SIGINT");
    const { code, stdout } = await service.ended;
    expect(code).to.equal(0);
    expect(stdout.match(/Stopping/g)).to.have.lengthOf(1);
    expect(await processesNaming(WALLET_DATA_DIR)).to.deep.equal([]);
  });

  it("starts again on the data of the earlier run and ends with 0 on SIGTERM", async () => {
    const second = await serve({ WALLET_DATA_DIR });
    const answer = await fetch(`http://127.0.0.1:${second.httpPort}/readyz`);
    expect(await answer.json()).to.deep.equal({ status: "ready" });
    second.child.kill("SIGTERM");
    expect((await second.ended).code).to.equal(0);
    expect(await processesNaming(WALLET_DATA_DIR)).to.deep.equal([]);
  });

  it("ends while it is still starting, with nothing left running", async () => {
    const dataDir = newDataDir();
    const env = { ...freePorts, WALLET_DATA_DIR: dataDir };
    const { code, stdout } = await program(["--eval", interrupted], env);
    expect(stdout).to.match(/^ended with [01]\n$/);
    expect(code).to.equal(0);
    expect(await processesNaming(dataDir)).to.deep.equal([]);
  });

  it("says which variable chooses a port that is taken, and leaves nothing running", async () => {
    const stranger = createServer().listen(0, "127.0.0.1");
    await once(stranger, "listening");
    const taken = Object(stranger.address()).port;
    for (const name of ["GRPC_PORT", "HTTP_PORT", "METRICS_PORT"]) {
      const { code, stdout, stderr } = await wallet(["serve"], {
        ...freePorts,
        WALLET_DATA_DIR,
        [name]: `${taken}`,
      });
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
      expect(stderr).to.equal(`port ${taken} on 127.0.0.1 is already in use; choose another with ${name}\n`);
      expect(await processesNaming(WALLET_DATA_DIR)).to.deep.equal([]);
    }
    stranger.close();
  });

  it("is missed by the first-use check, which then fails and says how to start it", async () => {
    const { code, stdout } = await program(["demo/first-use.ts"], {
      WALLET_DATA_DIR,
      WALLET_ADDRESS: address,
    });
    expect(code).to.equal(1);
    expect(stdout).to.include(`No service answers on ${address}.`).and.to.include("npm start");
  });
});

// Starts the service and stops it as soon as PostgreSQL's files appear, long before the service is up.
const interrupted = `
  const { spawn } = require("node:child_process");
  const { existsSync } = require("node:fs");
  const child = spawn(process.execPath, ["${main}", "serve"], { stdio: "ignore" });
  const timer = setInterval(() => {
    if (!existsSync(process.env.WALLET_DATA_DIR + "/credentials.json")) return;
    clearInterval(timer);
    child.kill("SIGTERM");
  }, 5);
  child.once("exit", (code) => console.log("ended with " + code));
`;
