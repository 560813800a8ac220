import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { Client } from "@grpc/grpc-js";
import { expect } from "chai";
import { service as healthService } from "grpc-health-check";
import { PortError } from "../../../src/rpc/transport/port-error.js";
import { call, openRig, type Rig, tokenOf, transfer, transferRpc } from "../wire.js";

interface HealthReply {
  status: string;
}

const check = healthService.Check as never as {
  requestSerialize: (value: object) => Buffer;
  responseDeserialize: (bytes: Buffer) => HealthReply;
};

async function healthOf(client: Client, service: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      check.requestSerialize,
      check.responseDeserialize,
      { service },
      (error, reply) => (error ? reject(error) : resolve((reply as HealthReply).status)),
    );
  });
}

async function statusesOf(client: Client): Promise<string[]> {
  return Promise.all(
    ["", "wallet.v1.WalletService", "wallet.v1.AdminService"].map((name) => healthOf(client, name)),
  );
}

/** A handler that says when it was entered, and answers when it is let go. */
function heldHandler() {
  let enter = () => {};
  let release = () => {};
  const entered = new Promise<void>((resolve) => {
    enter = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const handler = async () => {
    enter();
    await released;
    return { transaction: { id: "t-1" } };
  };
  return { entered, release, handler };
}

describe("the listeners", () => {
  it("serve health without a token", async () => {
    const rig = await openRig();
    expect(await statusesOf(rig.client)).to.deep.equal(["SERVING", "SERVING", "SERVING"]);
    await rig.close();
  });

  it("let a call in flight finish while they refuse new ones, then close", async () => {
    const held = heldHandler();
    const rig: Rig = await openRig({ wallet: { transfer: held.handler } });
    const headers = { authorization: `Bearer ${await tokenOf("service")}`, "idempotency-key": "k-1" };
    const running = call(rig.client, transferRpc, transfer, headers);
    await held.entered;

    const drained = rig.listeners.drain(20_000);
    expect(await statusesOf(rig.client)).to.deep.equal(["NOT_SERVING", "NOT_SERVING", "NOT_SERVING"]);
    const refused = await call(rig.client, transferRpc, transfer, headers);
    expect([refused.code, refused.reason]).to.deep.equal(["UNAVAILABLE", "SHUTTING_DOWN"]);
    expect(refused.retry?.retryDelay?.seconds).to.equal(1n);
    const overHttp = await fetch(`${rig.http}/${transferRpc}`, {
      method: "POST",
      body: "{}",
      headers: { ...headers, "content-type": "application/json" },
    });
    expect(overHttp.status).to.equal(503);
    expect((await fetch(`${rig.http}/readyz`)).status).to.equal(503);
    expect((await fetch(`${rig.http}/healthz`)).status).to.equal(200);

    held.release();
    expect((await running).code).to.equal("OK");
    expect(await drained).to.equal(true);
    expect(await fetch(`${rig.http}/healthz`).catch(() => "closed")).to.equal("closed");
    rig.client.close();
  });

  it("close when time is up although a call is still in flight", async () => {
    const held = heldHandler();
    const rig = await openRig({ wallet: { transfer: held.handler } });
    const headers = { authorization: `Bearer ${await tokenOf("service")}`, "idempotency-key": "k-1" };
    const running = call(rig.client, transferRpc, transfer, headers);
    await held.entered;
    expect(await rig.listeners.drain(20)).to.equal(false);
    expect((await running).code).to.not.equal("OK");
    held.release();
    rig.client.close();
  });

  for (const [option, variable] of [
    ["grpcPort", "GRPC_PORT"],
    ["httpPort", "HTTP_PORT"],
    ["metricsPort", "METRICS_PORT"],
  ] as const) {
    it(`name the port and ${variable} when it is taken, and leave nothing open`, async () => {
      const holder = createServer();
      await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
      const { port } = holder.address() as AddressInfo;
      const other = await freePort();
      const ports = {
        grpcPort: 0,
        httpPort: 0,
        metricsPort: 0,
        [option === "httpPort" ? "grpcPort" : "httpPort"]: other,
      };
      const error = await openRig({}, { ...ports, [option]: port }).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(PortError).with.property("variable", variable);
      expect((error as Error).message).to.equal(
        `port ${port} on 127.0.0.1 is already in use; choose another with ${variable}`,
      );
      expect(await canListen(other)).to.equal(true);
      await new Promise((resolve) => holder.close(resolve));
    });
  }
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
