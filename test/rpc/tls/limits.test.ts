import { once } from "node:events";
import { connect as connectPlain } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { expect } from "chai";
import { createLog } from "../../../src/log.js";
import { createMetrics } from "../../../src/metrics.js";
import { openCallLimits } from "../../../src/rpc/limits/call-limits.js";
import { soon } from "../../support/files.js";
import { longWindows } from "../../support/limits.js";
import { tokenOf, unlimited } from "../wire.js";
import { openTlsRig, overGrpc, overHttps, type TlsRig } from "./tls-rig.js";

const reach = [
  ["grpc", overGrpc],
  ["http", overHttps],
] as const;
const problem = "CONNECTION_LIMIT_PER_ADDRESS";

describe("the limits of connections with TLS", () => {
  let tls: TlsRig;
  beforeEach(async () => {
    tls = await openTlsRig({ mutual: false, connectionLimits: { max: 0, perAddressMax: 1 } });
  });
  afterEach(() => tls.close());

  const portOf = (listener: "grpc" | "http") =>
    listener === "grpc" ? tls.rig.listeners.grpcPort : tls.rig.listeners.httpPort;

  async function spoken(listener: "grpc" | "http"): Promise<TLSSocket> {
    const socket = connect({
      host: "127.0.0.1",
      port: portOf(listener),
      rejectUnauthorized: false,
      ALPNProtocols: [listener === "grpc" ? "h2" : "http/1.1"],
    });
    await once(socket, "secureConnect");
    socket.on("error", () => {});
    return socket;
  }

  for (const [listener, over] of reach) {
    it(`count a connection to ${listener} from before its handshake until it is gone`, async () => {
      const approach = { ca: tls.servers.cert, token: await tokenOf("holder") };
      const silent = connectPlain(portOf(listener), "127.0.0.1");
      await once(silent, "connect");
      expect(await over(tls, approach)).to.match(/ended|UNAVAILABLE/);
      // A client of gRPC may have tried more than once. Nothing is told as a handshake that failed besides.
      const told = tls.rig.logged.filter(({ msg }) => msg === "a connection was refused");
      expect(told.map((line) => `${line.listener} ${line.problem}`)).to.include(`${listener} ${problem}`);
      expect(new Set(told.map((line) => line.problem))).to.have.all.keys(problem);
      silent.destroy();
      await soon("there is room again", async () => (await over(tls, approach)) === "OK");
    });

    it(`count a connection to ${listener} after its handshake, whoever ends it`, async () => {
      const approach = { ca: tls.servers.cert, token: await tokenOf("holder") };
      for (const end of ["end", "destroy"] as const) {
        let open: TLSSocket | undefined;
        await soon("there is room", async () => {
          open = await spoken(listener).catch(() => undefined);
          return open !== undefined;
        });
        expect(await over(tls, approach)).to.match(/ended|UNAVAILABLE/);
        open?.resume()[end]();
        await soon("there is room again", async () => (await over(tls, approach)) === "OK");
      }
    });
  }
});

describe("attempts over connections with certificates", () => {
  it("are refused without a token or a mapped certificate once an address has failed too often, and not with one", async () => {
    const failedAttemptsMax = 2;
    const observer = { log: createLog({ level: "fatal" }), metrics: createMetrics() };
    const limits = await openCallLimits({ ...unlimited, failedAttemptsMax, windows: longWindows }, observer);
    const spiffe = "spiffe://test/billing";
    const identities = { [spiffe]: { subject: "billing", role: "service" } };
    const tls = await openTlsRig({ mutual: true, identities, attempts: limits.unauthenticated });
    const ca = tls.servers.cert;
    const mapped = await tls.clients.issue({ name: "any", uris: [spiffe], use: "client" });
    const unknown = await tls.clients.issue({ name: "unknown", use: "client" });

    for (let attempt = 0; attempt < failedAttemptsMax; attempt++) {
      expect(await overGrpc(tls, { ca, own: unknown })).to.equal("UNAUTHENTICATED TOKEN_MISSING");
    }
    expect(await overGrpc(tls, { ca, own: unknown })).to.equal("RESOURCE_EXHAUSTED RATE_LIMITED");
    expect(await overHttps(tls, { ca, own: unknown })).to.equal("RATE_LIMITED");
    expect(await overGrpc(tls, { ca, own: mapped, token: "nonsense" })).to.equal(
      "RESOURCE_EXHAUSTED RATE_LIMITED",
    );
    expect(await overGrpc(tls, { ca, own: mapped })).to.equal("OK");
    expect(await overHttps(tls, { ca, own: mapped })).to.equal("OK");
    // What is over a limit goes on record once for an address and a window.
    expect(tls.rig.audited.map(({ errorReason }) => errorReason)).to.deep.equal([
      ...["TOKEN_MISSING", "TOKEN_MISSING", "RATE_LIMITED"],
      ...[null, null],
    ]);
    await tls.close();
  });
});
