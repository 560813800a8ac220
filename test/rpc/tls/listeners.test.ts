import { once } from "node:events";
import { connect as connectPlain } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { expect } from "chai";
import { Authority, type Issued } from "../../support/certificates.js";
import { soon } from "../../support/files.js";
import { call, getBalanceRpc, tokenOf } from "../wire.js";
import {
  grpcClient,
  openTlsRig,
  overGrpc,
  overHttps,
  refusedSoFar,
  type TlsRig,
  writeServer,
} from "./tls-rig.js";

const reach = [
  ["gRPC", overGrpc],
  ["HTTP", overHttps],
] as const;
const spiffe = "spiffe://test/billing";

/** The serial number of the certificate that a port shows to a new connection. */
async function serialAt(port: number): Promise<string> {
  const socket = connect({
    host: "127.0.0.1",
    port,
    rejectUnauthorized: false,
    ALPNProtocols: ["h2", "http/1.1"],
  });
  await once(socket, "secureConnect");
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

/** What became of a handshake with these options; of one that failed, no protocol. */
async function handshake(
  options: ConnectionOptions,
): Promise<{ protocol: string; resumed?: boolean; session?: Buffer | undefined }> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({ host: "127.0.0.1", rejectUnauthorized: false, ...options }, () => {
      const protocol = socket.getProtocol() ?? "none";
      resolve({ protocol, resumed: socket.isSessionReused(), session: socket.getSession() });
      socket.destroy();
    });
    socket.on("error", () => resolve({ protocol: "none" }));
  });
}

describe("the listeners with TLS", () => {
  let tls: TlsRig;
  let token: string;

  beforeEach(async () => {
    tls = await openTlsRig({ mutual: false });
    token = await tokenOf("holder");
  });
  afterEach(() => tls.close());

  for (const [name, over] of reach) {
    it(`serve ${name} to callers who need no certificate, and who prove nothing with one`, async () => {
      const ca = tls.servers.cert;
      expect(await over(tls, { ca, token })).to.equal("OK");
      const own = await tls.clients.issue({ name: "x", uris: [spiffe], use: "client" });
      expect(await over(tls, { ca, own })).to.match(/TOKEN_MISSING/);
      expect(await over(tls, { ca: tls.clients.cert, token })).to.match(/ended|UNAVAILABLE/);
    });
  }

  it("speak TLS 1.2 and 1.3, nothing older, and nothing in the clear", async () => {
    const { grpcPort, httpPort } = tls.rig.listeners;
    for (const port of [grpcPort, httpPort]) {
      const ALPNProtocols = port === grpcPort ? ["h2"] : ["http/1.1"];
      const protocolOf = async (options: ConnectionOptions) =>
        (await handshake({ port, ALPNProtocols, ...options })).protocol;
      expect(await protocolOf({})).to.equal("TLSv1.3");
      expect(await protocolOf({ maxVersion: "TLSv1.2" })).to.equal("TLSv1.2");
      const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" } as const;
      expect(await protocolOf(old)).to.equal("none");
      const plain = connectPlain(port, "127.0.0.1");
      plain.end("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
      const [answer] = await Promise.race([
        once(plain, "data").catch(() => [""]),
        once(plain, "close").then(() => [""]),
      ]);
      expect(String(answer)).to.not.include("HTTP/1.1");
    }
  });

  it("keep health, readiness and metrics where they were", async () => {
    const { httpPort, metricsPort } = tls.rig.listeners;
    const probe = connect({ host: "127.0.0.1", port: httpPort, ca: tls.servers.cert });
    probe.write("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let text = "";
    for await (const part of probe) text += part;
    expect(text).to.include("200 OK");
    expect((await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).status).to.equal(200);
  });

  it("show a new certificate when the files change, while calls go on over the connections there are", async () => {
    const client = grpcClient(tls, { ca: tls.servers.cert });
    const balance = () => call(client, getBalanceRpc, new Uint8Array(), { authorization: `Bearer ${token}` });
    const first = await balance();
    const before = await serialAt(tls.rig.listeners.grpcPort);
    await writeServer(tls.files, await tls.servers.issue({ name: "wallet", use: "server" }));
    for (const port of [tls.rig.listeners.grpcPort, tls.rig.listeners.httpPort]) {
      await soon("the port shows the new certificate", async () => (await serialAt(port)) !== before);
    }
    expect(tls.told.reloaded).to.equal(1);
    expect([first.code, (await balance()).code]).to.deep.equal(["OK", "OK"]);
    expect(client.getChannel().getConnectivityState(false)).to.equal(2);
    client.close();
  });

  it("keep the certificate when the files are half written, missing or do not match, and say so", async () => {
    const before = await serialAt(tls.rig.listeners.grpcPort);
    const other = await tls.servers.issue({ name: "wallet", use: "server" });
    await tls.files.write("cert.pem", other.cert.slice(0, 200));
    await soon("the broken file is told", () => tls.told.failed.length === 1);
    await tls.files.write("cert.pem", other.cert);
    await soon("the key that does not match is told", () => tls.told.failed.length === 2);
    expect(await overGrpc(tls, { ca: tls.servers.cert, token })).to.equal("OK");
    for (const port of [tls.rig.listeners.grpcPort, tls.rig.listeners.httpPort]) {
      expect(await serialAt(port)).to.equal(before);
    }
    await tls.files.write("key.pem", other.key);
    await soon("the new pair is in use", async () => (await serialAt(tls.rig.listeners.grpcPort)) !== before);
    expect(tls.told.failed[0]).to.include("TLS_CERT does not hold whole PEM certificates");
    expect(tls.told.failed[1]).to.include("TLS_KEY is not the key of the first certificate in TLS_CERT");
    expect(JSON.stringify(tls.told)).to.not.include("BEGIN");
  });

  it("let calls in flight finish when they close, and cut connections that never spoke", async () => {
    const silent = connectPlain(tls.rig.listeners.grpcPort, "127.0.0.1");
    const alsoSilent = connectPlain(tls.rig.listeners.httpPort, "127.0.0.1");
    await Promise.all([once(silent, "connect"), once(alsoSilent, "connect")]);
    const gone = Promise.all([once(silent, "close"), once(alsoSilent, "close")]);
    silent.resume().on("error", () => {});
    alsoSilent.resume().on("error", () => {});
    expect(await overGrpc(tls, { ca: tls.servers.cert, token })).to.equal("OK");
    expect(await tls.rig.listeners.drain(2_000)).to.equal(true);
    await gone;
  });
});

describe("the listeners with mutual TLS", () => {
  let tls: TlsRig;
  let token: string;
  let billing: Issued;
  let unknown: Issued;

  before(async () => {
    const identities = {
      [spiffe]: { subject: "billing", role: "service" },
      "CN=nightly": { subject: "nightly", role: "operator" },
    };
    tls = await openTlsRig({ mutual: true, identities });
    token = await tokenOf("holder");
    billing = await tls.clients.issue({ name: "any", uris: [spiffe], use: "client" });
    unknown = await tls.clients.issue({ name: "unknown", use: "client" });
  });
  after(() => tls.close());

  it("are not in the way of the probes, which the metrics port answers in the clear", async () => {
    for (const path of ["healthz", "readyz"]) {
      const response = await fetch(`http://127.0.0.1:${tls.rig.listeners.metricsPort}/${path}`);
      expect(response.status, path).to.equal(200);
    }
  });

  for (const [name, over] of reach) {
    it(`know a caller without a token by its certificate over ${name}`, async () => {
      const ca = tls.servers.cert;
      tls.callers.length = 0;
      expect(await over(tls, { ca, own: billing })).to.equal("OK");
      const nightly = await tls.clients.issue({ name: "nightly", use: "client" });
      expect(await over(tls, { ca, own: nightly })).to.equal("OK");
      expect(tls.callers).to.deep.equal(["mtls|service|billing", "mtls|operator|nightly"]);
    });

    it(`let a token decide over ${name}, also a bad one, and know nobody by a certificate that is not mapped`, async () => {
      const ca = tls.servers.cert;
      tls.callers.length = 0;
      expect(await over(tls, { ca, own: billing, token })).to.equal("OK");
      expect(await over(tls, { ca, own: unknown, token })).to.equal("OK");
      expect(tls.callers).to.deep.equal(Array(2).fill("https://issuer.test|holder|alice"));
      expect(await over(tls, { ca, own: billing, token: `${token}x` })).to.match(/TOKEN_INVALID/);
      expect(await over(tls, { ca, own: unknown })).to.match(/TOKEN_MISSING/);
      const other = await tls.clients.issue({
        name: "nightly",
        uris: ["spiffe://test/other"],
        use: "client",
      });
      expect(await over(tls, { ca, own: other })).to.match(/TOKEN_MISSING/);
      const two = await tls.clients.issue({ name: "x", uris: [spiffe, "spiffe://test/two"], use: "client" });
      expect(await over(tls, { ca, own: two })).to.match(/TOKEN_MISSING/);
    });

    it(`end connections over ${name} without a good certificate, and write down and count why`, async () => {
      const ca = tls.servers.cert;
      const listener = name === "gRPC" ? "grpc" : "http";
      const strangers = await Authority.create("strangers");
      const expired = { name: "nightly", use: "client", notAfter: new Date(Date.now() - 1_000) } as const;
      const cases: [problem: string, own: Issued | undefined][] = [
        ["ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE", undefined],
        [
          "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
          await strangers.issue({ name: "any", uris: [spiffe], use: "client" }),
        ],
        ["CERT_HAS_EXPIRED", await tls.clients.issue(expired)],
        ["INVALID_PURPOSE", await tls.clients.issue({ name: "nightly", use: "server" })],
      ];
      for (const [problem, own] of cases) {
        tls.rig.logged.length = 0;
        const before = await refusedSoFar(tls, listener, problem);
        expect(await over(tls, { ca, own, token }), problem).to.match(/ended|UNAVAILABLE/);
        await soon("it is counted", async () => (await refusedSoFar(tls, listener, problem)) > before);
        const [line] = tls.rig.logged;
        expect(line).to.include({ level: "warn", listener, problem, msg: "a connection was refused" });
        expect(line?.peer).to.match(/^127\.0\.0\.1:\d+$/);
        expect(Object.keys(line ?? {})).to.have.members([
          "level",
          "time",
          "listener",
          "problem",
          "peer",
          "msg",
        ]);
      }
    });
  }

  it("read the identities again when their file changes, and keep them when it makes no sense", async () => {
    const ca = tls.servers.cert;
    await tls.files.write("identities.json", '{"CN=unknown":{"subject":"late","role":"auditor"}}');
    await soon("the new bearer is known", async () => (await overGrpc(tls, { ca, own: unknown })) === "OK");
    expect(await overGrpc(tls, { ca, own: billing })).to.equal("UNAUTHENTICATED TOKEN_MISSING");
    const failures = tls.told.failed.length;
    await tls.files.write("identities.json", '{"CN=unknown":{"subject":"late","role":"holder"}}');
    await soon("the wrong role is told", () => tls.told.failed.length === failures + 1);
    expect(await overGrpc(tls, { ca, own: unknown })).to.equal("OK");
    expect(tls.callers.at(-1)).to.equal("mtls|auditor|late");
  });

  it("accept no certificate of an authority that was withdrawn, not even from a session before", async () => {
    const options = { port: tls.rig.listeners.httpPort, ...billing, maxVersion: "TLSv1.2" } as const;
    const { session } = await handshake(options);
    expect(await handshake({ ...options, session })).to.include({ protocol: "TLSv1.2", resumed: true });
    const others = await Authority.create("others");
    await tls.files.write("ca.pem", others.cert);
    const anew = { ca: tls.servers.cert, own: billing };
    await soon("its certificates are refused", async () => (await overHttps(tls, anew)) === "ended");
    expect(await handshake({ ...options, session })).to.deep.equal({ protocol: "none" });
    const own = await others.issue({ name: "unknown", use: "client" });
    expect(await overGrpc(tls, { ca: tls.servers.cert, own, token })).to.equal("OK");
  });
});
