import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { openAuthenticator } from "../../../src/rpc/access/authenticate.js";
import { Files } from "../../support/files.js";
import { audience, call, getBalanceRpc, issuer, openRig, type Rig } from "../wire.js";
import { type BadToken, badTokens, goodToken, knownKeySet } from "./bad-tokens.js";

const body = { method: "POST", body: "{}" };

describe("bad tokens", () => {
  let rig: Rig;
  let files: Files;
  let attacker: Server;
  let asked = 0;
  let admitted = 0;
  let tokens: BadToken[];

  before(async () => {
    files = await Files.create();
    const jwksFile = await files.write("jwks.json", await knownKeySet());
    const authenticate = await openAuthenticator({ keys: { jwksFile }, issuer, audience });
    const getBalance = async () => {
      admitted++;
      return {};
    };
    rig = await openRig({ wallet: { getBalance } }, { authenticate });
    attacker = createServer((_, response) => {
      asked++;
      response.end("{}");
    });
    await new Promise<void>((resolve) => attacker.listen(0, "127.0.0.1", resolve));
    tokens = await badTokens(`http://127.0.0.1:${(attacker.address() as AddressInfo).port}/keys`);
  });
  after(async () => {
    await rig.close();
    await new Promise((resolve) => attacker.close(resolve));
    await files.remove();
  });
  beforeEach(() => {
    admitted = 0;
  });

  async function overGrpc(authorization: string): Promise<string | undefined> {
    const reply = await call(rig.client, getBalanceRpc, new Uint8Array(), { authorization });
    return reply.code === "OK" ? "OK" : reply.reason;
  }

  async function overHttp(authorization: string): Promise<string | undefined> {
    const headers = { authorization, "content-type": "application/json" };
    const response = await fetch(`${rig.http}/${getBalanceRpc}`, { ...body, headers });
    if (response.status === 200) return "OK";
    const { details } = (await response.json()) as { details: { debug: { reason: string } }[] };
    return details[0]?.debug.reason;
  }

  it("are refused with their reason on both listeners, and no key is fetched for them", async () => {
    const wrong: string[] = [];
    for (const { fact, reason, token } of tokens) {
      const found = [await overGrpc(`Bearer ${token}`), await overHttp(`Bearer ${token}`)];
      if (found.some((one) => one !== reason)) wrong.push(`a token ${fact}: ${found.join(", ")}`);
    }
    expect(wrong).to.deep.equal([]);
    expect([asked, admitted]).to.deep.equal([0, 0]);
  });

  it("are told from good ones of both forms", async () => {
    expect(await overGrpc(`Bearer ${await goodToken()}`)).to.equal("OK");
    expect(await overHttp(`bearer  ${await goodToken()}`)).to.equal("OK");
  });

  it("are counted by their reason", async () => {
    const counted = async (): Promise<Record<string, number>> => {
      const text = await (await fetch(`http://127.0.0.1:${rig.listeners.metricsPort}/metrics`)).text();
      const lines = text.matchAll(/^wallet_rpc_requests_total\{.*reason="(TOKEN_\w+)"\} (\d+)$/gm);
      return Object.fromEntries([...lines].map(([, reason, count]) => [reason, Number(count)]));
    };
    const before = await counted();
    for (const { token } of tokens) await overGrpc(`Bearer ${token}`);
    const after = await counted();
    const expired = tokens.filter(({ reason }) => reason === "TOKEN_EXPIRED").length;
    expect((after.TOKEN_EXPIRED ?? 0) - (before.TOKEN_EXPIRED ?? 0)).to.equal(expired);
    expect((after.TOKEN_INVALID ?? 0) - (before.TOKEN_INVALID ?? 0)).to.equal(tokens.length - expired);
  });

  it("of a megabyte are refused before they are looked at, and the next call is served", async () => {
    const huge = `Bearer ${"x".repeat(1_048_576)}`;
    const reply = await call(rig.client, getBalanceRpc, new Uint8Array(), { authorization: huge });
    expect(reply.code).to.not.equal("OK");
    const headers = { authorization: huge, "content-type": "application/json" };
    const status = await fetch(`${rig.http}/${getBalanceRpc}`, { ...body, headers }).then(
      (response) => response.status,
      () => "ended",
    );
    expect(status).to.be.oneOf([431, "ended"]);
    expect(admitted).to.equal(0);
    expect(await overGrpc(`Bearer ${await goodToken()}`)).to.equal("OK");
    expect(await overHttp(`Bearer ${await goodToken()}`)).to.equal("OK");
  });

  it("include two good ones in one call", async () => {
    const [one, other] = [`Bearer ${await goodToken()}`, `Bearer ${await goodToken()}`];
    expect(await overGrpc(`${one}, ${other}`)).to.equal("TOKEN_INVALID");
    expect(await overHttp(`${one}, ${other}`)).to.equal("TOKEN_INVALID");
    expect(admitted).to.equal(0);
  });
});
