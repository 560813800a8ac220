import { create, toBinary } from "@bufbuild/protobuf";
import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { expect } from "chai";
import { ErrorInfoSchema } from "../../../src/gen/google/rpc/error_details_pb.js";
import { ExecuteStreamRequestSchema } from "../../../src/gen/wallet/v1/bulk_pb.js";
import { WalletService } from "../../../src/gen/wallet/v1/wallet_service_pb.js";
import { WalletError } from "../../../src/ledger/wallet-error.js";
import { ended, executeRpc, signal, useStreamRig } from "../stream-rig.js";
import { call, getBalanceRpc, openStream } from "../wire.js";

const chunk = "x".repeat(65_536);

describe("streams on the wire", () => {
  const rig = useStreamRig();

  /** Waits until a count stands still while other calls come and go on the same service. */
  async function settled(count: () => number): Promise<number> {
    for (;;) {
      const before = count();
      for (let round = 0; round < 100; round++) {
        await call(rig.client, getBalanceRpc, new Uint8Array(), rig.headers);
      }
      if (before > 0 && count() === before) return before;
    }
  }

  /** A body without end that counts its messages, and says when its `finally` has run. */
  function endless() {
    const state = { made: 0, left: signal() };
    rig.watch = async function* () {
      try {
        for (;;) {
          state.made += 1;
          yield { resumeToken: chunk };
        }
      } finally {
        state.left.reach();
      }
    };
    return state;
  }

  it("make no more than a slow reader of gRPC takes, and go on when it reads", async () => {
    let made = 0;
    rig.watch = async function* () {
      while (made < 500) {
        made += 1;
        yield { resumeToken: chunk };
      }
    };
    const stream = rig.watchOverGrpc();
    await stream.readOne();
    expect(await settled(() => made)).to.be.lessThan(100);
    let taken = 1;
    for await (const _ of stream.read()) taken += 1;
    expect([taken, (await stream.ended).code]).to.deep.equal([500, "OK"]);
  });

  it("make no more than a slow reader of HTTP takes, and end when it hangs up", async () => {
    const body = endless();
    const { request } = await rig.watchOverHttp();
    // The system's socket buffers take megabytes; 64 MiB would be what nobody holds back.
    expect(await settled(() => body.made)).to.be.lessThan(1_000);
    request.destroy();
    await body.left.reached;
    await rig.untilLogged("CANCELLED");
  });

  it("read no more from a client that streams than the handler asks for", async () => {
    const go = signal();
    let taken = 0;
    rig.execute = async function* (requests) {
      for await (const { itemNumber } of requests) {
        taken += 1;
        await go.reached;
        yield { itemNumber };
      }
    };
    const bytes = Buffer.from(
      toBinary(ExecuteStreamRequestSchema, create(ExecuteStreamRequestSchema, { idempotencyKey: chunk })),
    );
    const stream = openStream(rig.client, executeRpc, rig.headers);
    let sent = 0;
    const write = () => {
      if (sent === 500) return void stream.wire.end();
      stream.wire.write(bytes, () => {
        sent += 1;
        write();
      });
    };
    write();
    expect(await settled(() => sent)).to.be.lessThan(100);
    expect(taken).to.equal(1);
    go.reach();
    let answered = 0;
    for await (const _ of stream.read()) answered += 1;
    expect([answered, (await stream.ended).code]).to.deep.equal([500, "OK"]);
  });

  it("run the handler's finally when a gRPC client cancels that does not read", async () => {
    const body = endless();
    const stream = rig.watchOverGrpc();
    await stream.readOne();
    await settled(() => body.made);
    stream.wire.cancel();
    await body.left.reached;
    await rig.untilLogged("CANCELLED");
  });

  it("are cut when the time to stop is over, and their handlers are returned", async () => {
    const body = endless();
    await rig.watchOverGrpc().readOne();
    await settled(() => body.made);
    expect(await rig.listeners.drain(20)).to.equal(false);
    await body.left.reached;
  });

  it("serve Connect and gRPC-Web, with the request id ahead and refusals in their place", async () => {
    rig.watch = async function* () {
      yield { resumeToken: "1" };
      yield { resumeToken: "2" };
      throw new WalletError("OVERLOADED", "too slow");
    };
    const http = { baseUrl: rig.http, httpVersion: "1.1" as const };
    const transports = [
      createConnectTransport(http),
      createConnectTransport({ ...http, useBinaryFormat: true }),
      createGrpcWebTransport(http),
    ];
    for (const transport of transports) {
      const client = createClient(WalletService, transport);
      const tokens: string[] = [];
      let requestId: string | null = null;
      const onHeader = (received: Headers) => {
        requestId = received.get("x-request-id");
      };
      const stream = client.watchWallet({}, { headers: { ...rig.headers, "x-request-id": "r-5" }, onHeader });
      const error = await ended(stream, ({ resumeToken }) => tokens.push(resumeToken));
      expect([tokens, requestId]).to.deep.equal([["1", "2"], "r-5"]);
      expect([error?.code, error?.findDetails(ErrorInfoSchema)[0]?.reason]).to.deep.equal([
        Code.ResourceExhausted,
        "OVERLOADED",
      ]);
      const refused = await ended(client.watchWallet({ asset: "\0" }, { headers: rig.headers }));
      expect(refused?.findDetails(ErrorInfoSchema)[0]?.reason).to.equal("INVALID_FIELD");
    }
  });
});
