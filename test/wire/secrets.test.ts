import { execFile } from "node:child_process";
import { Agent, request as httpsRequest } from "node:https";
import { Writable } from "node:stream";
import { promisify } from "node:util";
import { Client, credentials } from "@grpc/grpc-js";
import { expect } from "chai";
import { type App, openApp } from "../../src/app.js";
import { readConfig } from "../../src/config.js";
import { createLog } from "../../src/log.js";
import { badTokens, goodToken, knownKeySet } from "../rpc/access/bad-tokens.js";
import { audience, call, getBalanceRpc, issuer } from "../rpc/wire.js";
import { Authority, type Issued } from "../support/certificates.js";
import { Files, soon } from "../support/files.js";
import { testDatabase } from "../support/postgres.js";

/** What a token, a key or a URL would be recognized by: each part of it that is a secret. */
function partsOf(token: string): string[] {
  return token.split(/[., ]/).filter((part) => part.length >= 16);
}

function linesOfKey(pem: string): string[] {
  return pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
}

describe("what is secret", function () {
  this.timeout(120_000);
  let files: Files;
  let app: App;
  let said = "";
  let servers: Authority;
  let clients: Authority;
  let own: Issued;
  let server: Issued;
  let password: string;

  before(async () => {
    [files, servers, clients] = await Promise.all([
      Files.create(),
      Authority.create("servers"),
      Authority.create("clients"),
    ]);
    server = await servers.issue({ name: "wallet", use: "server" });
    own = await clients.issue({ name: "caller", use: "client" });
    const { url } = await testDatabase();
    password = new URL(url).password;
    const destination = new Writable({
      write(line, _, done) {
        said += String(line);
        done();
      },
    });
    const config = readConfig({
      ...{ DATABASE_URL: url, HOST: "127.0.0.1", GRPC_PORT: "0", HTTP_PORT: "0", METRICS_PORT: "0" },
      ...{ JWT_ISSUER: issuer, JWT_AUDIENCE: audience },
      JWKS_FILE: await files.write("jwks.json", await knownKeySet()),
      TLS_CERT: await files.write("cert.pem", server.cert),
      TLS_KEY: await files.write("key.pem", server.key),
      TLS_CLIENT_CA: await files.write("ca.pem", clients.cert),
      TLS_IDENTITIES: await files.write("identities.json", "{}"),
      // More than the bad tokens below: past the limit each would be told RATE_LIMITED, whatever is wrong with it.
      RATE_LIMIT_UNAUTHENTICATED: "1000",
    });
    const { signal } = new AbortController();
    const log = createLog({ level: "trace", destination });
    app = await openApp(config, {
      log,
      migrate: false,
      sweeper: null,
      queue: null,
      anomalies: null,
      integrity: null,
      signal,
    });
  });
  after(async () => {
    await app.close();
    await files.remove();
  });

  /** All that a call with this token and certificate was told, on both ports. */
  async function answersTo(token: string, bearer: Issued | undefined): Promise<string> {
    const secure = credentials.createSsl(
      Buffer.from(servers.cert),
      bearer === undefined ? null : Buffer.from(bearer.key),
      bearer === undefined ? null : Buffer.from(bearer.cert),
    );
    const client = new Client(`localhost:${app.grpcPort}`, secure, { "grpc.use_local_subchannel_pool": 1 });
    const authorization = `Bearer ${token}`;
    const reply = await call(client, getBalanceRpc, new Uint8Array(), { authorization });
    client.close();
    const { code, message, info } = reply;
    const trailers = JSON.stringify([reply.trailers.getMap(), reply.headers.getMap(), info?.metadata]);
    return [code, message, trailers, await overHttps(authorization, bearer)].join(" ");
  }

  async function overHttps(authorization: string, bearer: Issued | undefined): Promise<string> {
    const agent = new Agent({ ca: servers.cert, ...bearer });
    const headers = { authorization, "content-type": "application/json" };
    const address = { host: "localhost", port: app.httpPort, path: `/${getBalanceRpc}`, method: "POST" };
    return new Promise((resolve) => {
      const request = httpsRequest({ ...address, headers, agent }, async (response) => {
        let text = JSON.stringify(response.headers);
        for await (const part of response) text += part;
        resolve(text);
      });
      request.on("error", ({ message }) => resolve(message));
      request.end("{}");
    });
  }

  async function figures(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${app.metricsPort}/metrics`)).text();
  }

  it("appears in no answer, log line or figure, whoever tries to get in and however", async () => {
    const strangers = await Authority.create("strangers");
    const expired = { name: "caller", use: "client", notAfter: new Date(Date.now() - 1_000) } as const;
    const bearers = [
      undefined,
      await strangers.issue({ name: "caller", use: "client" }),
      await clients.issue(expired),
    ];
    const good = await goodToken();
    const tokens = [
      ...(await badTokens("https://user:hunter2-hunter2@attacker.test/")).map(({ token }) => token),
      good,
    ];
    let answers = "";
    for (const token of tokens) answers += await answersTo(token, own);
    for (const bearer of bearers) answers += await answersTo(good, bearer);
    expect(answers).to.include("TOKEN_INVALID").and.include("TOKEN_EXPIRED");

    const other = await servers.issue({ name: "wallet", use: "server" });
    await files.write("key.pem", other.key);
    await files.write("jwks.json", `{"keys":[{"kty":"oct","k":"${password}${"x".repeat(20)}"}]}`);
    await files.write("identities.json", `{"CN=${password}`);
    await soon("the broken files are told", async () => {
      await figures();
      return said.split("cannot be used; what was there before").length === 4;
    });

    const secrets = [
      ...tokens.flatMap(partsOf),
      ...[server, own, other, ...bearers].flatMap((one) => (one === undefined ? [] : linesOfKey(one.key))),
      ...[password, "hunter2"],
    ];
    const everything = { answers, log: said, figures: await figures() };
    expect(everything.log).to.include("a caller was not let in").and.include("a connection was refused");
    expect(everything.figures).to.match(/wallet_connections_refused_total\{.*CERT_HAS_EXPIRED/);
    expect(everything.figures).to.match(/wallet_reloads_total\{what="token keys",outcome="failed"\} 1/);
    for (const [where, text] of Object.entries(everything)) {
      const found = secrets.filter((secret) => text.includes(secret));
      expect(found, `secrets in the ${where}`).to.deep.equal([]);
    }
  });

  it("is in the command line of no process, the embedded PostgreSQL's included", async () => {
    const { superuserUrl, ownerUrl, url } = await testDatabase();
    const { stdout } = await promisify(execFile)("ps", ["-eo", "args"], { maxBuffer: 16_777_216 });
    expect(stdout).to.include("postgres");
    for (const one of [superuserUrl, ownerUrl, url]) expect(stdout).to.not.include(new URL(one).password);
  });
});
