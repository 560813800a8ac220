import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { expectSound, keyed, refusalOf, startApp, type TestApp } from "../support/app.js";
import { givenAsset, givenFunds, givenHolder, ofHolder } from "../support/given.js";

const run = promisify(execFile);

describe("the protocols that the service speaks", () => {
  let app: TestApp;

  before(async () => {
    app = await startApp();
    await givenAsset(app, "gold");
    for (const id of ["alice", "bob"]) await givenHolder(app, id);
    await givenFunds(app, "alice", "gold", 100n);
  });
  after(() => app.close());
  afterEach(() => expectSound(app));

  for (const protocol of ["connect-json", "connect-binary", "grpc-web"] as const) {
    it(`moves value, replays and refuses over ${protocol} as over gRPC`, async () => {
      const alice = app.overHttp("holder", "alice", protocol);
      const request = { destination: ofHolder("bob"), amount: { asset: "gold", units: 3n } };
      const first = await alice.wallet.transfer(request, keyed(protocol));
      const replay = await app.as("holder", "alice").wallet.transfer(request, keyed(protocol));
      expect(replay).to.deep.equal(first);
      const refusal = await refusalOf(
        alice.wallet.spend({ amount: { asset: "gold", units: 1_000n } }, keyed(`${protocol}-over`)),
      );
      expect(refusal).to.include({ code: "FailedPrecondition", reason: "INSUFFICIENT_FUNDS" });
    });
  }

  it("can be called with buf curl and nothing but reflection", async () => {
    const token = await app.token("holder", "alice");
    const { stdout } = await run("node_modules/.bin/buf", [
      "curl",
      "--reflect",
      "--protocol",
      "grpc",
      "--http2-prior-knowledge",
      "--header",
      `authorization: Bearer ${token}`,
      "--data",
      '{"asset":"gold"}',
      `http://127.0.0.1:${app.app.grpcPort}/wallet.v1.WalletService/GetBalance`,
    ]);
    expect(JSON.parse(stdout)).to.have.nested.property("balance.posted.asset", "gold");
  });

  it("can be called with plain JSON over HTTP", async () => {
    const url = `http://127.0.0.1:${app.app.httpPort}/wallet.v1.WalletService/Transfer`;
    const headers = {
      authorization: `Bearer ${await app.token("holder", "alice")}`,
      "content-type": "application/json",
      "idempotency-key": "plain-json",
      "x-request-id": "request-7",
    };
    const body = (units: string) =>
      JSON.stringify({ destination: { holder_id: "bob" }, amount: { asset: "gold", units } });
    const moved = await fetch(url, { method: "POST", headers, body: body("2") });
    expect(moved.status).to.equal(200);
    expect(moved.headers.get("x-request-id")).to.equal("request-7");
    expect(await moved.json()).to.have.nested.property("transaction.requestId", "request-7");
    const replayed = await fetch(url, { method: "POST", headers, body: body("2") });
    expect(replayed.headers.get("idempotency-replayed")).to.equal("true");
    const reused = await fetch(url, { method: "POST", headers, body: body("3") });
    const error = (await reused.json()) as { code: string; details: { type: string }[] };
    expect(error.code).to.equal("failed_precondition");
    expect(error.details[0]?.type).to.equal("google.rpc.ErrorInfo");
  });

  it("says zero in JSON instead of leaving it out", async () => {
    const url = `http://127.0.0.1:${app.app.httpPort}/wallet.v1.WalletService/GetBalance`;
    const headers = {
      authorization: `Bearer ${await app.token("holder", "alice")}`,
      "content-type": "application/json",
    };
    const read = await fetch(url, { method: "POST", headers, body: '{"asset":"gold"}' });
    expect(await read.json()).to.have.nested.property("balance.held.units", "0");
  });

  it("says that it is alive and ready, and counts what it does", async () => {
    const at = (port: number, path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    expect((await at(app.app.httpPort, "/healthz")).status).to.equal(200);
    expect((await at(app.app.httpPort, "/readyz")).status).to.equal(200);
    const figures = await (await at(app.app.metricsPort, "/metrics")).text();
    expect(figures).to.match(
      /wallet_rpc_requests_total\{method="wallet.v1.WalletService\/TopUp",code="OK",reason=""\} 1/,
    );
    expect(figures).to.match(/wallet_poster_batch_size_count\{lane="fast"\} [1-9]/);
  });
});
