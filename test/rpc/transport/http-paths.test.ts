import { connect } from "node:net";
import { expect } from "chai";
import { getBalanceRpc, openRig, type Rig, tokenOf, transferRpc } from "../wire.js";

describe("the paths beside the RPCs", () => {
  let rig: Rig;
  let problems: string[] = [];

  before(async () => {
    rig = await openRig(
      { wallet: { getBalance: async () => ({ walletId: "w-1" }) } },
      { ready: async () => problems },
    );
  });

  after(async () => rig.close());

  it("survives a Host header that is not valid", async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(rig.listeners.httpPort, "127.0.0.1");
      socket.once("data", (data) => {
        socket.destroy();
        resolve(String(data));
      });
      socket.once("error", reject);
      socket.write(
        `POST /${transferRpc} HTTP/1.1\r\nHost: %%%\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n`,
      );
    });
    expect(answer).to.match(/^HTTP\/1\.1 400 /);
    expect((await fetch(`${rig.http}/healthz`)).status).to.equal(200);
  });

  it("says whether it is alive, and whether it is ready", async () => {
    expect(await (await fetch(`${rig.http}/healthz`)).json()).to.deep.equal({ status: "ok" });
    expect((await fetch(`${rig.http}/readyz`)).status).to.equal(200);
    problems = ["the database does not answer"];
    const response = await fetch(`${rig.http}/readyz`);
    expect(response.status).to.equal(503);
    expect(await response.json()).to.deep.equal({ status: "not ready", problems });
  });

  it("says the same on the metrics port", async () => {
    const base = `http://127.0.0.1:${rig.listeners.metricsPort}`;
    expect(await (await fetch(`${base}/healthz`)).json()).to.deep.equal({ status: "ok" });
    problems = [];
    expect((await fetch(`${base}/readyz`)).status).to.equal(200);
    problems = ["the database does not answer"];
    const response = await fetch(`${base}/readyz`);
    expect(response.status).to.equal(503);
    expect(await response.json()).to.deep.equal({ status: "not ready", problems });
  });

  it("answers 404 in JSON anywhere else", async () => {
    const response = await fetch(`${rig.http}/nowhere`);
    expect([response.status, response.headers.get("content-type")]).to.deep.equal([404, "application/json"]);
  });

  it("prints its figures on the metrics port, and nothing but the probes beside them", async () => {
    const base = `http://127.0.0.1:${rig.listeners.metricsPort}`;
    await fetch(`${rig.http}/${getBalanceRpc}`, {
      method: "POST",
      body: "{}",
      headers: { authorization: `Bearer ${await tokenOf("holder")}`, "content-type": "application/json" },
    });
    const text = await (await fetch(`${base}/metrics`)).text();
    expect(text).to.include(`wallet_rpc_requests_total{method="${getBalanceRpc}",code="OK",reason=""}`);
    expect(text).to.include(`wallet_rpc_duration_seconds_count{method="${getBalanceRpc}"}`);
    expect(text).to.include("process_cpu_seconds_total");
    expect((await fetch(`${base}/`)).status).to.equal(404);
    expect((await fetch(`${base}/readyz`, { method: "POST" })).status).to.equal(404);
    expect((await fetch(`${rig.http}/metrics`)).status).to.equal(404);
  });
});
