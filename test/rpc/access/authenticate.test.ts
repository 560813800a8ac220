import { expect } from "chai";
import { SignJWT } from "jose";
import { WalletError } from "../../../src/ledger/wallet-error.js";
import { type Authenticate, openAuthenticator } from "../../../src/rpc/access/authenticate.js";
import { issueToken } from "../../../src/rpc/access/issue-token.js";
import { audience, call, getBalanceRpc, issuer, openRig, type Rig, secret, tokenOf } from "../wire.js";

const good = { iss: issuer, aud: audience, sub: "alice", role: "holder" };
const nowSeconds = Math.floor(Date.now() / 1_000);
// The tokens' times are fixed when this file is read, so the clock stands still there: other suites run in between.
const now = () => nowSeconds * 1_000;

async function sign(claims: Record<string, unknown>, key = secret, alg = "HS256"): Promise<string> {
  const all = { exp: nowSeconds + 600, ...claims };
  return new SignJWT(all).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key));
}

function unsigned(claims: Record<string, unknown>): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ exp: nowSeconds + 600, ...claims })}.`;
}

async function reasonOf(authenticate: Authenticate, authorization: string | undefined): Promise<string> {
  try {
    await authenticate(authorization, { peer: "" });
    return "none";
  } catch (error) {
    if (!(error instanceof WalletError)) throw error;
    if (authorization !== undefined && authorization.length > 20)
      expect(error.message).to.not.include(authorization.slice(7));
    return error.reason;
  }
}

describe("authentication with a secret", () => {
  let authenticate: Authenticate;

  before(async () => {
    authenticate = await openAuthenticator({ keys: { secret }, issuer, audience, now });
  });

  it("knows the caller of a good token, and knows it at once the second time", async () => {
    const authorization = `Bearer ${await sign({ ...good, sub: "a|b%c" })}`;
    const first = await authenticate(authorization, { peer: "" });
    expect(first).to.deep.equal({
      issuer,
      role: "holder",
      subject: "a|b%c",
      id: `${issuer}|holder|a%7Cb%25c`,
    });
    expect(authenticate(authorization, { peer: "" })).to.equal(first);
  });

  it("verifies a token once for all calls that bring it meanwhile", async () => {
    const authorization = `Bearer ${await sign({ ...good, sub: "busy" })}`;
    const callers = await Promise.all(
      Array.from({ length: 10 }, () => authenticate(authorization, { peer: "" })),
    );
    expect(new Set(callers).size).to.equal(1);
  });

  const cases: [fact: string, reason: string, token: () => Promise<string> | string][] = [
    ["of another audience", "TOKEN_INVALID", () => sign({ ...good, aud: "another" })],
    ["of another issuer", "TOKEN_INVALID", () => sign({ ...good, iss: "another" })],
    ["signed with another key", "TOKEN_INVALID", () => sign(good, "another secret of 32 bytes or more!")],
    ["signed with another algorithm", "TOKEN_INVALID", () => sign(good, secret, "HS512")],
    ["that is not signed", "TOKEN_INVALID", () => unsigned(good)],
    ["that expired", "TOKEN_EXPIRED", () => sign({ ...good, exp: nowSeconds - 60 })],
    ["that is not valid yet", "TOKEN_INVALID", () => sign({ ...good, nbf: nowSeconds + 60 })],
    ["without an expiry", "TOKEN_INVALID", () => sign({ ...good, exp: undefined })],
    ["without a role", "TOKEN_INVALID", () => sign({ ...good, role: undefined })],
    ["of an unknown role", "TOKEN_INVALID", () => sign({ ...good, role: "root" })],
    ["of several roles", "TOKEN_INVALID", () => sign({ ...good, role: ["admin"] })],
    ["without a subject", "TOKEN_INVALID", () => sign({ ...good, sub: undefined })],
    ["of an empty subject", "TOKEN_INVALID", () => sign({ ...good, sub: "" })],
    ["of a subject of 65 characters", "TOKEN_INVALID", () => sign({ ...good, sub: "x".repeat(65) })],
    ["of a subject with a control character", "TOKEN_INVALID", () => sign({ ...good, sub: "a\nb" })],
    ["larger than 8 KiB", "TOKEN_INVALID", () => sign({ ...good, padding: "x".repeat(9_000) })],
    ["that is no token", "TOKEN_INVALID", () => "nonsense"],
  ];
  for (const [fact, reason, token] of cases) {
    it(`refuses a token ${fact}`, async () => {
      expect(await reasonOf(authenticate, `Bearer ${await token()}`)).to.equal(reason);
    });
  }

  it("refuses a call without a token, and one with another scheme", async () => {
    expect(await reasonOf(authenticate, undefined)).to.equal("TOKEN_MISSING");
    expect(await reasonOf(authenticate, "")).to.equal("TOKEN_MISSING");
    expect(await reasonOf(authenticate, "Basic YWxpY2U6c2VjcmV0")).to.equal("TOKEN_INVALID");
  });

  it("accepts 5 seconds of difference between clocks and no more, also for a token seen before", async () => {
    let nowMs = nowSeconds * 1_000;
    const withClock = await openAuthenticator({ keys: { secret }, issuer, audience, now: () => nowMs });
    const token = `Bearer ${await sign({ ...good, exp: nowSeconds + 10 })}`;
    expect(await reasonOf(withClock, token)).to.equal("none");
    nowMs += 14_000;
    expect(await reasonOf(withClock, token)).to.equal("none");
    nowMs += 1_000;
    expect(await reasonOf(withClock, token)).to.equal("TOKEN_EXPIRED");
  });

  it("issues tokens that it accepts, and none that it would not", async () => {
    const options = {
      secret,
      issuer,
      audience,
      subject: "bob",
      role: "operator",
      ttlSeconds: 60,
      nowMs: now(),
    } as const;
    expect(await authenticate(`Bearer ${await issueToken(options)}`, { peer: "" })).to.include({
      role: "operator",
      subject: "bob",
    });
    for (const wrong of [{ subject: "" }, { ttlSeconds: 0 }, { role: "root" as never }]) {
      const error = await issueToken({ ...options, ...wrong }).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(RangeError);
    }
  });
});

describe("authentication on the wire", () => {
  let rig: Rig;

  before(async () => {
    rig = await openRig({ wallet: { getBalance: async () => ({}) } });
  });

  after(async () => rig.close());

  it("answers UNAUTHENTICATED with the reason", async () => {
    const missing = await call(rig.client, getBalanceRpc, new Uint8Array());
    expect([missing.code, missing.reason]).to.deep.equal(["UNAUTHENTICATED", "TOKEN_MISSING"]);
    const huge = `Bearer ${"x".repeat(10_000)}`;
    const invalid = await call(rig.client, getBalanceRpc, new Uint8Array(), { authorization: huge });
    expect([invalid.code, invalid.reason]).to.deep.equal(["UNAUTHENTICATED", "TOKEN_INVALID"]);
  });

  it("writes no token into the log", async () => {
    const token = await tokenOf("holder");
    await call(rig.client, getBalanceRpc, new Uint8Array(), { authorization: `Bearer ${token}` });
    await call(rig.client, getBalanceRpc, new Uint8Array(), { authorization: `Bearer ${token}x` });
    const text = JSON.stringify(rig.logged);
    expect(text).to.include(`${issuer}|holder|alice`);
    expect(text).to.not.include(token);
  });
});
