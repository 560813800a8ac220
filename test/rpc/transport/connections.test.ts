import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { expect } from "chai";
import { createMetrics, type Metrics } from "../../../src/metrics.js";
import { call, getBalanceRpc, openRig, type Rig, tokenOf } from "../wire.js";

/** A connection of somebody who says nothing unless told to. */
class Stranger {
  readonly socket: Socket;
  readonly closed: Promise<string>;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    let said = "";
    this.socket.on("data", (bytes) => {
      said += bytes;
    });
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => this.socket.once("close", () => resolve(said)));
  }
}

interface Held {
  readonly rig: Rig;
  readonly metrics: Metrics;
}

async function openHeld(max: number, perAddressMax: number): Promise<Held> {
  const metrics = createMetrics();
  const rig = await openRig(
    { wallet: { getBalance: async () => ({}) } },
    { metrics, connectionLimits: { max, perAddressMax } },
  );
  return { rig, metrics };
}

async function openOf({ metrics }: Held, listener: string): Promise<number> {
  const { values } = await metrics.connectionsOpen.get();
  return values.find(({ labels }) => labels.listener === listener)?.value ?? 0;
}

async function refusedOf({ metrics }: Held): Promise<unknown[]> {
  const { values } = await metrics.connectionsRefused.get();
  return values.map(({ labels, value }) => [labels.listener, labels.problem, value]);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(setImmediate);
}

describe("the limits of connections", () => {
  for (const { listener, max, perAddressMax, limit } of [
    { listener: "grpc", max: 2, perAddressMax: 0, limit: "CONNECTION_LIMIT" },
    { listener: "grpc", max: 0, perAddressMax: 2, limit: "CONNECTION_LIMIT_PER_ADDRESS" },
    { listener: "http", max: 2, perAddressMax: 0, limit: "CONNECTION_LIMIT" },
    { listener: "http", max: 0, perAddressMax: 2, limit: "CONNECTION_LIMIT_PER_ADDRESS" },
  ] as const) {
    it(`close what is over the ${limit} on ${listener} at once, and let in again who comes after one has left`, async () => {
      const held = await openHeld(max, perAddressMax);
      const { grpcPort, httpPort } = held.rig.listeners;
      const port = listener === "grpc" ? grpcPort : httpPort;
      const [first, second] = [new Stranger(port), new Stranger(port)];
      await until(async () => (await openOf(held, listener)) === 2);

      const third = new Stranger(port);
      expect(await third.closed).to.equal("");
      expect(await refusedOf(held)).to.deep.equal([[listener, limit, 1]]);
      expect(await openOf(held, listener)).to.equal(2);

      first.socket.destroy();
      await until(async () => (await openOf(held, listener)) === 1);
      const fourth = new Stranger(port);
      await until(async () => (await openOf(held, listener)) === 2);
      expect(await refusedOf(held)).to.deep.equal([[listener, limit, 1]]);
      for (const { socket } of [second, fourth]) socket.destroy();
      await held.rig.close();
    });
  }

  it("hold one listener without the other, and serve who was let in", async () => {
    const held = await openHeld(1, 0);
    const web = new Stranger(held.rig.listeners.httpPort);
    await until(async () => (await openOf(held, "http")) === 1);
    const headers = { authorization: `Bearer ${await tokenOf("service")}` };
    expect((await call(held.rig.client, getBalanceRpc, new Uint8Array(), headers)).code).to.equal("OK");
    web.socket.destroy();
    await held.rig.close();
  });
});

describe("the limits of what a connection carries", () => {
  it("are 2,000 calls at once over native gRPC", async () => {
    const rig = await openRig();
    const session = connectHttp2(`http://127.0.0.1:${rig.listeners.grpcPort}`);
    const settings = await new Promise<{ maxConcurrentStreams?: number }>((resolve) =>
      session.once("remoteSettings", resolve),
    );
    expect(settings.maxConcurrentStreams).to.equal(2_000);
    session.destroy();
    await rig.close();
  });

  it("end a call with headers beyond 64 KiB over native gRPC, and no other", async () => {
    const rig = await openRig({ wallet: { getBalance: async () => ({}) } });
    const headers = { authorization: `Bearer ${await tokenOf("service")}` };
    const large = await call(rig.client, getBalanceRpc, new Uint8Array(), {
      ...headers,
      "x-large": "x".repeat(100_000),
    });
    expect(large.code).to.not.equal("OK");
    expect((await call(rig.client, getBalanceRpc, new Uint8Array(), headers)).code).to.equal("OK");
    await rig.close();
  });

  it("answer 431 to headers beyond 16 KiB over HTTP", async () => {
    const rig = await openRig();
    const answer = await fetch(`${rig.http}/healthz`, { headers: { "x-large": "x".repeat(17_000) } });
    expect(answer.status).to.equal(431);
    await rig.close();
  });
});

describe("a slow sender over HTTP", () => {
  const httpTimeouts = {
    headersTimeout: 100,
    requestTimeout: 200,
    keepAliveTimeout: 100,
    connectionsCheckingInterval: 20,
  };
  const cases = [
    ["that does not come to the end of its headers", "POST / HTTP/1.1\r\nhost: a\r\n"],
    [
      "that does not come to the end of its message",
      `POST /${getBalanceRpc} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
    ],
  ] as const;
  for (const [fact, bytes] of cases) {
    it(`${fact} is answered 408 and closed`, async () => {
      const rig = await openRig({}, { httpTimeouts });
      const slow = new Stranger(rig.listeners.httpPort);
      slow.socket.write(bytes);
      expect(await slow.closed).to.match(/^HTTP\/1\.1 408 Request Timeout/);
      await rig.close();
    });
  }

  it("that says nothing at all is closed, and so is one that stays after its answer", async () => {
    const rig = await openRig({}, { httpTimeouts });
    const silent = new Stranger(rig.listeners.httpPort);
    const idle = new Stranger(rig.listeners.httpPort);
    idle.socket.write("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(await silent.closed).to.match(/^(HTTP\/1\.1 408 Request Timeout|$)/);
    expect(await idle.closed).to.match(/^HTTP\/1\.1 200 OK/);
    await rig.close();
  });
});
