import { expect } from "chai";
import { createLog } from "../../../src/log.js";
import { createMetrics, type Metrics } from "../../../src/metrics.js";
import { openAuthenticator } from "../../../src/rpc/access/authenticate.js";
import { openCallLimits } from "../../../src/rpc/limits/call-limits.js";
import type { RateWindows } from "../../../src/rpc/limits/rate-limit.js";
import { longWindows, shortWindows } from "../../support/limits.js";
import {
  audience,
  call,
  getBalanceRpc,
  issuer,
  openRig,
  openStream,
  type Reply,
  type Rig,
  secret,
  tokenOf,
  unlimited,
} from "../wire.js";

const failedAttemptsMax = 3;

describe("calls without a valid token", () => {
  let rig: Rig;
  let metrics: Metrics;
  afterEach(() => rig.close());

  async function open(windows: RateWindows = longWindows): Promise<void> {
    metrics = createMetrics();
    const log = createLog({ level: "fatal" });
    const limits = await openCallLimits({ ...unlimited, failedAttemptsMax, windows }, { log, metrics });
    const keys = { keys: { secret }, issuer, audience };
    const authenticate = await openAuthenticator({ ...keys, attempts: limits.unauthenticated });
    rig = await openRig({ wallet: { getBalance: async () => ({}) } }, { limits, authenticate, metrics });
  }

  const ask = (token?: string): Promise<Reply> =>
    call(rig.client, getBalanceRpc, new Uint8Array(), token ? { authorization: `Bearer ${token}` } : {});

  it("are refused before a token is looked at once an address has failed too often, unless its token is known", async () => {
    await open();
    const [known, fresh] = [await tokenOf("holder", "known"), await tokenOf("holder", "fresh")];
    expect((await ask(known)).code).to.equal("OK");
    expect((await ask()).reason).to.equal("TOKEN_MISSING");
    expect((await ask("nonsense")).reason).to.equal("TOKEN_INVALID");
    expect((await ask(`${fresh}x`)).reason).to.equal("TOKEN_INVALID");

    for (const token of [undefined, "nonsense", fresh]) {
      const refused = await ask(token);
      expect([refused.code, refused.reason]).to.deep.equal(["RESOURCE_EXHAUSTED", "RATE_LIMITED"]);
      const { retry_delay_ms: delay, ...figures } = refused.info?.metadata ?? {};
      expect(figures).to.deep.equal({
        class: "unauthenticated",
        kind: "address",
        limit: "3",
        window_seconds: "600",
      });
      expect(refused.message).to.equal(
        "more than 3 calls in 600 s came from this address without a valid token; " +
          `try again in ${delay} ms`,
      );
      expect(Number(refused.retry?.retryDelay?.seconds)).to.be.within(590, 600);
      expect(Number(delay)).to.be.within(590_000, 600_000);
    }
    expect((await ask(known)).code).to.equal("OK");
    const { values } = await metrics.rateLimited.get();
    const counted = values.filter(({ value }) => value > 0);
    expect(counted.map(({ labels, value }) => [labels.class, labels.kind, value])).to.deep.equal([
      ["unauthenticated", "address", 3],
    ]);
  });

  it("are refused over HTTP and as streams as well", async () => {
    await open();
    for (let attempt = 0; attempt < failedAttemptsMax; attempt++) await ask();
    const overHttp = await fetch(`${rig.http}/${getBalanceRpc}`, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", authorization: `Bearer ${await tokenOf("holder")}` },
    });
    expect(overHttp.status).to.equal(429);
    expect(await overHttp.json()).to.include({ code: "resource_exhausted" });
    const stream = openStream(
      rig.client,
      "wallet.v1.WalletService/WatchWallet",
      {},
      { only: new Uint8Array() },
    );
    stream.wire.resume();
    expect((await stream.ended).reason).to.equal("RATE_LIMITED");
  });

  it("do not keep health, and /healthz and /readyz, from answering", async () => {
    await open();
    for (let attempt = 0; attempt <= failedAttemptsMax; attempt++) await ask();
    for (const path of ["healthz", "readyz"]) {
      expect((await fetch(`${rig.http}/${path}`)).status).to.equal(200);
    }
    const health = await call(rig.client, "grpc.health.v1.Health/Check", new Uint8Array());
    expect(health.code).to.equal("OK");
  });

  it("are looked at again when the window is over", async () => {
    await open(shortWindows);
    const token = await tokenOf("holder");
    let refused = 0;
    while (refused === 0) if ((await ask("nonsense")).reason === "RATE_LIMITED") refused += 1;
    while ((await ask(token)).code !== "OK") refused += 1;
    expect(refused).to.be.greaterThan(0);
  });
});
