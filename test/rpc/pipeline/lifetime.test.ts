import { connect } from "node:http2";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { expect } from "chai";
import { ErrorInfoSchema } from "../../../src/gen/google/rpc/error_details_pb.js";
import { WalletService } from "../../../src/gen/wallet/v1/wallet_service_pb.js";
import { WalletError } from "../../../src/ledger/wallet-error.js";
import { aborted, ended, executeRpc, signal, useStreamRig, watchRpc } from "../stream-rig.js";
import { call, getBalanceRpc, openStream } from "../wire.js";

describe("the lifetime of a call", () => {
  const rig = useStreamRig();

  for (const listener of ["gRPC", "HTTP"]) {
    it(`ends, and the signal of a handler that waits aborts, when its ${listener} client goes away`, async () => {
      const left = signal();
      rig.watch = async function* (seen) {
        try {
          yield {};
          await aborted(seen);
          seen.signal.throwIfAborted();
        } finally {
          left.reach();
        }
      };
      if (listener === "gRPC") {
        const stream = rig.watchOverGrpc();
        for await (const _ of stream.read()) stream.wire.cancel();
      } else {
        const { request, response } = await rig.watchOverHttp();
        response.once("data", () => request.destroy());
      }
      await left.reached;
      await rig.untilLogged("CANCELLED");
    });
  }

  it("ends when the connection breaks, also while a handler waits for the client's next message", async () => {
    const left = signal();
    rig.execute = async function* (requests) {
      try {
        for await (const { itemNumber } of requests) yield { itemNumber };
      } finally {
        left.reach();
      }
    };
    const session = connect(`http://127.0.0.1:${rig.listeners.grpcPort}`);
    const stream = session.request({
      ":method": "POST",
      ":path": `/${executeRpc}`,
      "content-type": "application/grpc",
      te: "trailers",
      ...rig.headers,
    });
    stream.write(new Uint8Array(5));
    stream.once("data", () => session.destroy());
    await left.reached;
    await rig.untilLogged("CANCELLED", executeRpc);
  });

  /** Makes GetBalance wait for its signal, which it throws the reason of. Resolves when it waits. */
  function waitForBalance(): Promise<void> {
    const entered = signal();
    rig.getBalance = async (seen) => {
      const over = aborted(seen);
      entered.reach();
      await over;
      throw seen.signal.reason;
    };
    return entered.reached;
  }

  it("is the same of a call with one answer: deadline, hang-up, shutdown", async () => {
    waitForBalance();
    const late = call(rig.client, getBalanceRpc, new Uint8Array(), { ...rig.headers, "grpc-timeout": "50m" });
    expect((await late).code).to.equal("DEADLINE_EXCEEDED");
    let entered = waitForBalance();
    const hangUp = new AbortController();
    const left = fetch(`${rig.http}/${getBalanceRpc}`, {
      method: "POST",
      headers: { ...rig.headers, "content-type": "application/json" },
      body: "{}",
      signal: hangUp.signal,
    }).catch(() => {});
    await entered;
    hangUp.abort();
    await left;
    await rig.untilLogged("CANCELLED", getBalanceRpc);
    entered = waitForBalance();
    const stopped = call(rig.client, getBalanceRpc, new Uint8Array(), rig.headers);
    await entered;
    const drained = rig.listeners.drain(20_000);
    expect((await stopped).reason).to.equal("SHUTTING_DOWN");
    expect(await drained).to.equal(true);
    const codes = rig.logged.filter(({ method }) => method === getBalanceRpc).map(({ code }) => code);
    expect(codes).to.have.members(["DEADLINE_EXCEEDED", "CANCELLED", "UNAVAILABLE"]);
  });

  it("ends when the deadline passes", async () => {
    rig.watch = async function* (seen) {
      yield {};
      await aborted(seen);
      seen.signal.throwIfAborted();
    };
    const stream = rig.watchOverGrpc(Date.now() + 100);
    expect((await stream.ended).code).to.equal("DEADLINE_EXCEEDED");
    await rig.untilLogged("DEADLINE_EXCEEDED");
    const client = createClient(
      WalletService,
      createConnectTransport({ baseUrl: rig.http, httpVersion: "1.1" }),
    );
    const error = await ended(client.watchWallet({}, { headers: rig.headers, timeoutMs: 100 }));
    expect(error?.code).to.equal(Code.DeadlineExceeded);
  });

  it("makes an error of a stream that just stops when the deadline has passed", async () => {
    rig.watch = async function* (seen) {
      yield {};
      await aborted(seen);
    };
    const response = await fetch(`${rig.http}/${watchRpc}`, {
      method: "POST",
      headers: { ...rig.headers, "content-type": "application/connect+json", "connect-timeout-ms": "100" },
      body: new Uint8Array([0, 0, 0, 0, 2, 0x7b, 0x7d]),
    });
    expect(await response.text()).to.include("deadline_exceeded");
  });

  it("ends with what a stream's handler says at shutdown, which waits for it", async () => {
    rig.watch = async function* (seen) {
      yield {};
      await aborted(seen);
      const { reason } = seen.signal;
      expect(reason).to.be.instanceOf(WalletError).with.property("reason", "SHUTTING_DOWN");
      throw new WalletError("SHUTTING_DOWN", "resume elsewhere", { metadata: { resume_token: "7" } });
    };
    rig.execute = async function* (requests) {
      for await (const { itemNumber } of requests) yield { itemNumber };
    };
    const overGrpc = rig.watchOverGrpc();
    const bidi = openStream(rig.client, executeRpc, rig.headers);
    bidi.wire.write(Buffer.alloc(0));
    await Promise.all([overGrpc.read(), bidi.read()].map((read) => read[Symbol.asyncIterator]().next()));
    const http = createClient(
      WalletService,
      createGrpcWebTransport({ baseUrl: rig.http, httpVersion: "1.1" }),
    );
    const overHttp = http.watchWallet({}, { headers: rig.headers })[Symbol.asyncIterator]();
    await overHttp.next();

    const drained = rig.listeners.drain(20_000);
    const end = await overGrpc.ended;
    expect([end.code, end.reason]).to.deep.equal(["UNAVAILABLE", "SHUTTING_DOWN"]);
    expect(end.info?.metadata).to.deep.equal({ resume_token: "7" });
    expect((await bidi.ended).reason).to.equal("SHUTTING_DOWN");
    const error = await overHttp.next().catch((caught: unknown) => ConnectError.from(caught));
    const [info] = (error as ConnectError).findDetails(ErrorInfoSchema);
    expect(info?.metadata).to.deep.equal({ resume_token: "7" });
    expect(await drained).to.equal(true);
  });
});
