import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { expect } from "chai";
import {
  type ExecuteStreamRequest,
  ExecuteStreamRequestSchema,
  ExecuteStreamResponseSchema,
} from "../../../src/gen/wallet/v1/bulk_pb.js";
import { WatchWalletRequestSchema, WatchWalletResponseSchema } from "../../../src/gen/wallet/v1/watch_pb.js";
import { WalletError } from "../../../src/ledger/wallet-error.js";
import type { Call } from "../../../src/rpc/pipeline/call.js";
import { openRig, openStream, type Reply, type Rig, tokenOf } from "../wire.js";

const watchRpc = "wallet.v1.WalletService/WatchWallet";
const executeRpc = "wallet.v1.WalletService/ExecuteStream";

const item = (itemNumber: number) =>
  Buffer.from(
    toBinary(
      ExecuteStreamRequestSchema,
      create(ExecuteStreamRequestSchema, { itemNumber: BigInt(itemNumber) }),
    ),
  );
const unknownField = new BinaryWriter().tag(900, WireType.Varint).uint32(7).finish();

describe("the path of a stream", () => {
  let rig: Rig;
  let authorization: string;
  let watch: (call: Call) => AsyncIterable<object>;
  let reached: Call[];

  before(async () => {
    const wallet = {
      watchWallet: (_: object, call: Call) => {
        reached.push(call);
        return watch(call);
      },
      executeStream: async function* (requests: AsyncIterable<ExecuteStreamRequest>) {
        for await (const { itemNumber } of requests) yield { itemNumber };
      },
    };
    rig = await openRig({ wallet });
    authorization = `Bearer ${await tokenOf("service")}`;
  });

  after(async () => rig.close());

  beforeEach(() => {
    reached = [];
    rig.logged.length = 0;
    watch = async function* () {};
  });

  /** Calls WatchWallet, and says which resume tokens came before the end. */
  async function watched(
    headers: Record<string, string> = {},
    only = new Uint8Array(),
  ): Promise<{ tokens: string[]; end: Reply }> {
    const stream = openStream(rig.client, watchRpc, { authorization, ...headers }, { only });
    const tokens: string[] = [];
    for await (const bytes of stream.read())
      tokens.push(fromBinary(WatchWalletResponseSchema, bytes).resumeToken);
    return { tokens, end: await stream.ended };
  }

  /** Calls ExecuteStream with these messages, and says which items were answered before the end. */
  async function executed(messages: Uint8Array[]): Promise<{ items: number[]; end: Reply }> {
    const stream = openStream(rig.client, executeRpc, { authorization });
    for (const message of messages) stream.wire.write(Buffer.from(message));
    stream.wire.end();
    const items: number[] = [];
    for await (const bytes of stream.read()) {
      items.push(Number(fromBinary(ExecuteStreamResponseSchema, bytes).itemNumber));
    }
    return { items, end: await stream.ended };
  }

  it("gives the handler what is known about the call, and sends its messages in order", async () => {
    watch = async function* () {
      yield { resumeToken: "1" };
      yield { resumeToken: "2" };
    };
    const { tokens, end } = await watched({ "x-request-id": "r-1" });
    expect([tokens, end.code]).to.deep.equal([["1", "2"], "OK"]);
    expect(end.headers.get("x-request-id")).to.deep.equal(["r-1"]);
    expect(reached[0]).to.deep.include({ method: watchRpc, requestId: "r-1", idempotencyKey: "" });
    expect(reached[0]?.signal.aborted).to.equal(false);
  });

  it("sends the request id ahead of the first message, and before a refusal ends the stream", async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    watch = async function* () {
      yield {};
      await released;
    };
    const stream = openStream(rig.client, watchRpc, { authorization }, { only: new Uint8Array() });
    const [metadata] = await new Promise<{ get(key: string): unknown[] }[]>((resolve) => {
      stream.wire.once("metadata", (received) => resolve([received]));
    });
    expect(metadata?.get("x-request-id")[0]).to.match(/^[0-9a-f-]{36}$/);
    release();
    for await (const _ of stream.read());
    const refused = await watched({ authorization: "Bearer x", "x-request-id": "r-2" });
    expect(refused.end.trailers.get("x-request-id")).to.deep.equal(["r-2"]);
  });

  it("refuses the only request in order: token, role, size, form, text", async () => {
    const text = toBinary(WatchWalletRequestSchema, create(WatchWalletRequestSchema, { asset: "\0" }));
    const over = new Uint8Array(4_194_305).fill(0xff);
    const refusals = [
      await watched({ authorization: "Bearer x" }, over),
      await watched({}, over),
      await watched({}, new Uint8Array([0xff])),
      await watched({}, text),
    ];
    expect(refusals.map(({ end }) => end.reason)).to.deep.equal([
      "TOKEN_INVALID",
      "MESSAGE_TOO_LARGE",
      "MALFORMED_MESSAGE",
      "INVALID_FIELD",
    ]);
    expect(reached).to.have.length(0);
    const holder = openStream(rig.client, executeRpc, {
      authorization: `Bearer ${await tokenOf("holder")}`,
    });
    expect((await holder.ended).reason).to.equal("ROLE_REQUIRED");
  });

  it("ignores fields it does not know on a stream that only reads", async () => {
    expect((await watched({}, unknownField)).end.code).to.equal("OK");
  });

  it("maps what is thrown after messages were sent, with its details", async () => {
    watch = async function* () {
      yield { resumeToken: "1" };
      throw new WalletError("OVERLOADED", "too slow", {
        metadata: { resume_token: "1" },
        retryDelayMs: 1_000,
      });
    };
    const { tokens, end } = await watched();
    expect([tokens, end.code, end.reason]).to.deep.equal([["1"], "RESOURCE_EXHAUSTED", "OVERLOADED"]);
    expect(end.info?.metadata).to.deep.equal({ resume_token: "1" });
    expect(end.retry?.retryDelay?.seconds).to.equal(1n);
  });

  it("hides what an unknown error of a stream says, and what cannot be encoded", async () => {
    watch = async function* () {
      yield {};
      throw new Error("secret detail");
    };
    const { end } = await watched({ "x-request-id": "r-3" });
    expect([end.code, end.message]).to.deep.equal(["INTERNAL", "internal error, request id r-3"]);
    watch = async function* () {
      yield { event: { case: "snapshot", value: { version: 2n ** 64n, minBalanceUnits: 2n ** 64n } } };
    };
    expect((await watched()).end.code).to.equal("INTERNAL");
  });

  it("writes one line for each stream, at its end", async () => {
    watch = async function* () {
      yield {};
      yield {};
      expect(rig.logged.filter(({ method }) => method === watchRpc)).to.have.length(0);
    };
    await watched({ "x-request-id": "r-4" });
    const lines = rig.logged.filter(({ method }) => method === watchRpc);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ code: "OK", requestId: "r-4", callerId: reached[0]?.caller.id });
  });

  it("answers each message of a client that streams, and ends when the client does", async () => {
    const stream = openStream(rig.client, executeRpc, { authorization });
    const answers = stream.read()[Symbol.asyncIterator]();
    for (const number of [1, 2, 3]) {
      stream.wire.write(item(number));
      const { value } = await answers.next();
      expect(fromBinary(ExecuteStreamResponseSchema, value).itemNumber).to.equal(BigInt(number));
    }
    stream.wire.end();
    expect((await answers.next()).done).to.equal(true);
    expect((await stream.ended).code).to.equal("OK");
  });

  it("refuses any message of a client that streams: size, form, unknown fields, text", async () => {
    const text = toBinary(
      ExecuteStreamRequestSchema,
      create(ExecuteStreamRequestSchema, { idempotencyKey: "\0" }),
    );
    const bad = [new Uint8Array(4_194_305), new Uint8Array([0xff]), unknownField, text];
    const outcomes = [];
    for (const message of bad) outcomes.push(await executed([item(1), message, item(3)]));
    expect(outcomes.map(({ items }) => items)).to.deep.equal([[1], [1], [1], [1]]);
    expect(outcomes.map(({ end }) => end.reason)).to.deep.equal([
      "MESSAGE_TOO_LARGE",
      "MALFORMED_MESSAGE",
      "INVALID_FIELD",
      "INVALID_FIELD",
    ]);
    const fields = outcomes.map(({ end }) => end.badRequest?.fieldViolations[0]?.field);
    expect(fields).to.deep.equal([undefined, undefined, "900", "idempotency_key"]);
  });
});
