import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { type Authenticator, openAuthenticator } from "../../../src/rpc/access/authenticate.js";
import type { KeyLimits, TokenKeys } from "../../../src/rpc/access/token-keys.js";
import { Files, soon } from "../../support/files.js";
import { audience, call, getBalanceRpc, issuer, openRig } from "../wire.js";
import { bearerOf, ecPair, keySetOf, refusalBy } from "./key-pairs.js";

const [first, second] = [ecPair("first"), ecPair("second")];

/** An authenticator that looks for new keys all the time, and what it said of them. */
async function open(keys: TokenKeys, keyLimits: KeyLimits) {
  const told = { reloaded: 0, failed: [] as string[] };
  const keysObserver = {
    reloaded: () => {
      told.reloaded++;
    },
    failed: (problem: unknown) => told.failed.push(String(problem)),
  };
  const authenticate = await openAuthenticator({ keys, issuer, audience, keysObserver, keyLimits });
  return { authenticate, told };
}

async function untilRefused(authenticate: Authenticator, header: string, refusal: string): Promise<void> {
  await soon(
    `a token is refused with ${refusal}`,
    async () => (await refusalBy(authenticate, header)) === refusal,
  );
}

describe("the keys of a file", () => {
  let files: Files;
  let jwksFile: string;
  let authenticate: Authenticator;
  let told: Awaited<ReturnType<typeof open>>["told"];

  beforeEach(async () => {
    files = await Files.create();
    jwksFile = await files.write("jwks.json", await keySetOf(first));
    ({ authenticate, told } = await open({ jwksFile }, { fileMs: 1 }));
  });
  afterEach(async () => {
    authenticate.close();
    await files.remove();
  });

  it("are the only ones accepted", async () => {
    expect(await refusalBy(authenticate, await bearerOf(first))).to.equal("none");
    expect(await refusalBy(authenticate, await bearerOf(second))).to.equal("TOKEN_INVALID");
  });

  it("rotate without a restart, and a token of a withdrawn key ends although it was seen before", async () => {
    const [old, young] = [await bearerOf(first), await bearerOf(second)];
    expect(await refusalBy(authenticate, old)).to.equal("none");
    await files.write("jwks.json", await keySetOf(first, second));
    await untilRefused(authenticate, young, "none");
    expect(await refusalBy(authenticate, old)).to.equal("none");
    await files.write("jwks.json", await keySetOf(second));
    await untilRefused(authenticate, old, "TOKEN_INVALID");
    expect(await refusalBy(authenticate, young)).to.equal("none");
    expect(told).to.deep.equal({ reloaded: 2, failed: [] });
  });

  it("stay in use while the file is half written or away, which is told once each", async () => {
    await writeFile(jwksFile, (await keySetOf(first, second)).slice(0, -20));
    await soon("it was told", () => told.failed.length === 1);
    expect(await refusalBy(authenticate, await bearerOf(first))).to.equal("none");
    await files.remove();
    await soon("it was told again", () => told.failed.length === 2);
    expect(await refusalBy(authenticate, await bearerOf(first))).to.equal("none");
    expect(told.failed[0]).to.include("JWKS_FILE cannot be used: it is not JSON");
    expect(told.failed[1]).to.match(/JWKS_FILE names .*, which cannot be read \(ENOENT\)/);
    expect(told.reloaded).to.equal(0);
    files = await Files.create();
  });

  it("are refused at the start when there are none, or when they are not public", async () => {
    const bad: [text: string, problem: string][] = [
      ["{", "it is not JSON"],
      ['{"keys":7}', "it is no key set"],
      [
        JSON.stringify({ keys: [{ kty: "oct", k: "c2VjcmV0LXNlY3JldA" }] }),
        "it holds a private or secret key",
      ],
      [
        JSON.stringify({ keys: [second.privateKey.export({ format: "jwk" })] }),
        "it holds a private or secret key",
      ],
    ];
    for (const [text, problem] of bad) {
      const path = await files.write("bad.json", text);
      const error = await open({ jwksFile: path }, {}).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(Error).with.property("name", "FilesError");
      expect(String(error)).to.include(`JWKS_FILE cannot be used: ${problem}`).and.not.include("c2VjcmV0");
    }
  });
});

describe("the keys behind a URL", () => {
  let server: Server;
  let requests: number;
  let answer: { status: number; text: string };
  let jwksUrl: string;
  const opened: Authenticator[] = [];

  async function openUrl(keyLimits: KeyLimits = {}) {
    const { authenticate, told } = await open({ jwksUrl }, keyLimits);
    opened.push(authenticate);
    return { authenticate, told };
  }

  beforeEach(async () => {
    requests = 0;
    answer = { status: 200, text: await keySetOf(first) };
    server = createServer((_, response) => {
      requests++;
      response.writeHead(answer.status).end(answer.text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  });
  afterEach(async () => {
    for (const authenticate of opened.splice(0)) authenticate.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("are fetched once for any number of tokens, also when they all name an unknown key", async () => {
    const { authenticate } = await openUrl();
    const strangers = await Promise.all(Array.from({ length: 50 }, () => bearerOf(second)));
    const refusals = await Promise.all(strangers.map((header) => refusalBy(authenticate, header)));
    expect(new Set(refusals)).to.deep.equal(new Set(["TOKEN_INVALID"]));
    expect(await refusalBy(authenticate, await bearerOf(first))).to.equal("none");
    for (const header of strangers) await refusalBy(authenticate, header);
    expect(requests).to.equal(1);
  });

  it("rotate without a restart: a token that names a new key fetches it", async () => {
    const { authenticate, told } = await openUrl({ unknownKeyMs: 0 });
    expect(await refusalBy(authenticate, await bearerOf(first))).to.equal("none");
    answer = { status: 200, text: await keySetOf(first, second) };
    expect(await refusalBy(authenticate, await bearerOf(second))).to.equal("none");
    expect([requests, told.reloaded]).to.deep.equal([2, 2]);
  });

  it("end for tokens seen before once the set without them is fetched", async () => {
    const { authenticate } = await openUrl({ unknownKeyMs: 0 });
    const old = await bearerOf(first);
    expect(await refusalBy(authenticate, old)).to.equal("none");
    answer = { status: 200, text: await keySetOf(second) };
    await refusalBy(authenticate, await bearerOf(second));
    expect(await refusalBy(authenticate, old)).to.equal("TOKEN_INVALID");
  });

  it("are fetched again when they are old, so that a withdrawn key ends without any new token", async () => {
    const { authenticate } = await openUrl({ refreshMs: 0 });
    expect(await refusalBy(authenticate, await bearerOf(first))).to.equal("none");
    answer = { status: 200, text: await keySetOf(second) };
    await untilRefused(authenticate, await bearerOf(first), "TOKEN_INVALID");
  });

  for (const [fact, status, text] of [
    ["an error page", 500, "{}"],
    ["something else", 200, "<html>"],
    ["a set that is none", 200, '{"keys":[7]}'],
  ] as const) {
    it(`are not held against the caller when ${fact} is answered, and asked for now and then only`, async () => {
      answer = { status, text };
      const { authenticate, told } = await openUrl();
      const header = await bearerOf(first);
      for (let calls = 1; calls <= 5; calls++) {
        expect(await refusalBy(authenticate, header)).to.equal("KeysUnavailableError");
      }
      expect([requests, told.failed.length]).to.deep.equal([1, 1]);
    });
  }

  it("serve on while the URL does not answer, up to their greatest age", async () => {
    const { authenticate, told } = await openUrl({ refreshMs: 0, failedMs: 0 });
    expect(await refusalBy(authenticate, await bearerOf(first))).to.equal("none");
    answer = { status: 503, text: "" };
    await soon("a request failed", async () => {
      expect(await refusalBy(authenticate, await bearerOf(first))).to.equal("none");
      return told.failed.length > 0;
    });
    const impatient = await openUrl({ refreshMs: 0, failedMs: 0, ageMsMax: 0 });
    expect(await refusalBy(impatient.authenticate, await bearerOf(first))).to.equal("KeysUnavailableError");
  });

  it("answer UNAVAILABLE without a reason on the wire when they cannot be had, and OK once they can", async () => {
    answer = { status: 500, text: "" };
    const { authenticate } = await openUrl({ failedMs: 0 });
    const rig = await openRig({ wallet: { getBalance: async () => ({}) } }, { authenticate });
    const headers = { authorization: await bearerOf(first) };
    const refused = await call(rig.client, getBalanceRpc, new Uint8Array(), headers);
    expect([refused.code, refused.info]).to.deep.equal(["UNAVAILABLE", undefined]);
    expect(refused.message)
      .to.include("keys that tokens are verified with cannot be obtained")
      .and.not.include("127");
    const overHttp = await fetch(`${rig.http}/${getBalanceRpc}`, {
      method: "POST",
      body: "{}",
      headers: { ...headers, "content-type": "application/json" },
    });
    expect(overHttp.status).to.equal(503);
    answer = { status: 200, text: await keySetOf(first) };
    expect((await call(rig.client, getBalanceRpc, new Uint8Array(), headers)).code).to.equal("OK");
    await rig.close();
  });
});
