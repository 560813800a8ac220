import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { expect } from "chai";
import { ErrorInfoSchema } from "../../../src/gen/google/rpc/error_details_pb.js";
import { GetBalanceRequestSchema } from "../../../src/gen/wallet/v1/balance_pb.js";
import { MoneySchema } from "../../../src/gen/wallet/v1/money_pb.js";
import { type TransferRequest, TransferRequestSchema } from "../../../src/gen/wallet/v1/movement_pb.js";
import { WalletRefSchema } from "../../../src/gen/wallet/v1/wallet_pb.js";
import { WalletError } from "../../../src/ledger/wallet-error.js";
import type { Call } from "../../../src/rpc/pipeline/call.js";
import {
  call,
  getBalanceRpc,
  openRig,
  type Reply,
  type Rig,
  tokenOf,
  transfer,
  transferRpc,
} from "../wire.js";

type Transfer = (request: TransferRequest, call: Call) => Promise<object>;

describe("the path of a call", () => {
  let rig: Rig;
  let authorization: string;
  let handler: Transfer;
  let reached: Call[];

  before(async () => {
    const wallet = {
      transfer: async (request: TransferRequest, seen: Call) => {
        reached.push(seen);
        return handler(request, seen);
      },
      getBalance: async () => ({}),
    };
    rig = await openRig({ wallet });
    authorization = `Bearer ${await tokenOf("holder")}`;
  });

  after(async () => rig.close());

  beforeEach(() => {
    reached = [];
    handler = async () => ({});
  });

  async function send(bytes: Uint8Array, headers: Record<string, string | string[]> = {}): Promise<Reply> {
    return call(rig.client, transferRpc, bytes, { authorization, "idempotency-key": "k-1", ...headers });
  }

  async function expectRefused(reply: Reply, code: string, reason: string): Promise<void> {
    expect([reply.code, reply.reason]).to.deep.equal([code, reason]);
    expect(reply.info?.domain).to.equal("wallet.v1");
    expect(reached).to.have.length(0);
  }

  it("gives the handler the request and what is known about the call", async () => {
    let source: unknown;
    handler = async (request) => {
      source = request.source?.ref;
      return { transaction: { id: "t-1" } };
    };
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const reply = await send(transfer, { "x-request-id": "r-1", traceparent, "grpc-timeout": "10S" });
    expect(reply.code).to.equal("OK");
    expect(source).to.deep.equal({ case: "holderId", value: "alice" });
    expect(reached[0]).to.deep.include({
      method: transferRpc,
      idempotencyKey: "k-1",
      requestId: "r-1",
      traceparent,
    });
    expect(reached[0]?.caller).to.include({ role: "holder", subject: "alice" });
    expect(reached[0]?.peer).to.match(/^127\.0\.0\.1:\d+$/);
    expect(reached[0]?.deadlineMs).to.be.within(Date.now(), Date.now() + 10_000);
  });

  it("leaves the deadline and the trace undefined when the caller sends none, or a broken trace", async () => {
    await send(transfer, { traceparent: "00-00000000000000000000000000000000-00f067aa0ba902b7-01" });
    expect(reached[0]).to.deep.include({ deadlineMs: undefined, traceparent: undefined });
  });

  it("echoes the request id, on success and on refusal", async () => {
    expect((await send(transfer, { "x-request-id": "r-2" })).headers.get("x-request-id")).to.deep.equal([
      "r-2",
    ]);
    const refused = await send(transfer, { "x-request-id": "r-3", "idempotency-key": "" });
    expect(refused.trailers.get("x-request-id")).to.deep.equal(["r-3"]);
  });

  it("makes a request id when there is none, or one that is too long", async () => {
    for (const headers of [{}, { "x-request-id": "x".repeat(129) }]) {
      const [made] = (await send(transfer, headers)).headers.get("x-request-id");
      expect(made).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    }
  });

  it("refuses bytes that are not the message", async () => {
    await expectRefused(await send(new Uint8Array([0xff, 0xff])), "INVALID_ARGUMENT", "MALFORMED_MESSAGE");
    await expectRefused(await send(transfer.subarray(0, -3)), "INVALID_ARGUMENT", "MALFORMED_MESSAGE");
    const notUtf8 = new BinaryWriter()
      .tag(4, WireType.LengthDelimited)
      .bytes(new Uint8Array([0xc3, 0x28]))
      .finish();
    await expectRefused(await send(notUtf8), "INVALID_ARGUMENT", "MALFORMED_MESSAGE");
    await expectRefused(
      await send(new Uint8Array(50_000).fill(0x4b)),
      "INVALID_ARGUMENT",
      "MALFORMED_MESSAGE",
    );
  });

  it("refuses a message over 4 MiB and accepts one of exactly 4 MiB", async () => {
    const frame =
      toBinary(TransferRequestSchema, create(TransferRequestSchema, { description: "x" })).length + 3;
    const sized = (bytes: number) =>
      toBinary(
        TransferRequestSchema,
        create(TransferRequestSchema, { description: "x".repeat(bytes - frame + 1) }),
      );
    expect(sized(4_194_304)).to.have.length(4_194_304);
    expect((await send(sized(4_194_304))).code).to.equal("OK");
    reached = [];
    await expectRefused(await send(sized(4_194_305)), "RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE");
  });

  it("refuses fields it does not know on a write, wherever they are, and names them", async () => {
    const unknown = (no: number) => new BinaryWriter().tag(no, WireType.Varint).uint32(7).finish();
    const nested = (no: number, message: Uint8Array) =>
      new BinaryWriter().tag(no, WireType.LengthDelimited).bytes(message).finish();
    const reply = await send(
      Buffer.concat([transfer, unknown(900), nested(1, unknown(901)), nested(3, unknown(902))]),
    );
    await expectRefused(reply, "INVALID_ARGUMENT", "INVALID_FIELD");
    const fields = reply.badRequest?.fieldViolations.map(({ field }) => field);
    expect(fields).to.deep.equal(["900", "source.901", "amount.902"]);
  });

  it("ignores fields it does not know on a read", async () => {
    const bytes = toBinary(GetBalanceRequestSchema, create(GetBalanceRequestSchema, { asset: "gold_coins" }));
    const extra = new BinaryWriter().tag(900, WireType.Varint).uint32(7).finish();
    const reply = await call(rig.client, getBalanceRpc, Buffer.concat([bytes, extra]), { authorization });
    expect(reply.code).to.equal("OK");
  });

  it("refuses U+0000 in any text, and names the field", async () => {
    const bytes = toBinary(
      TransferRequestSchema,
      create(TransferRequestSchema, {
        source: create(WalletRefSchema, { ref: { case: "holderId", value: "al\0ice" } }),
        amount: create(MoneySchema, { asset: "\0", units: 1n }),
        description: "fine",
        metadata: { "k\0": "v", good: "v\0" },
      }),
    );
    const reply = await send(bytes);
    await expectRefused(reply, "INVALID_ARGUMENT", "INVALID_FIELD");
    const fields = reply.badRequest?.fieldViolations.map(({ field }) => field);
    expect(fields).to.have.members([
      "source.holder_id",
      "amount.asset",
      'metadata["k\\u0000"]',
      'metadata["good"]',
    ]);
  });

  it("refuses a write without a key, with an invalid key, and with two keys", async () => {
    const missing = await call(rig.client, transferRpc, transfer, { authorization });
    await expectRefused(missing, "INVALID_ARGUMENT", "IDEMPOTENCY_KEY_MISSING");
    await expectRefused(
      await send(transfer, { "idempotency-key": "" }),
      "INVALID_ARGUMENT",
      "IDEMPOTENCY_KEY_MISSING",
    );
    for (const key of ["x".repeat(256), "with space", ["one", "two"]]) {
      const reply = await send(transfer, { "idempotency-key": key });
      await expectRefused(reply, "INVALID_ARGUMENT", "IDEMPOTENCY_KEY_INVALID");
    }
  });

  it("accepts a key of 255 characters, and asks none of a read", async () => {
    expect((await send(transfer, { "idempotency-key": "~".repeat(255) })).code).to.equal("OK");
    expect((await call(rig.client, getBalanceRpc, new Uint8Array(), { authorization })).code).to.equal("OK");
  });

  it("refuses in order: token, role, size, form, unknown fields, key, text", async () => {
    const text = toBinary(TransferRequestSchema, create(TransferRequestSchema, { description: "\0" }));
    const unknown = Buffer.concat([text, new BinaryWriter().tag(900, WireType.Varint).uint32(7).finish()]);
    const auditor = `Bearer ${await tokenOf("auditor")}`;
    const over = new Uint8Array(4_194_305).fill(0xff);
    const bad = { "idempotency-key": "not valid" };
    expect((await send(over, { ...bad, authorization: "Bearer x" })).reason).to.equal("TOKEN_INVALID");
    expect((await send(over, { ...bad, authorization: auditor })).reason).to.equal("ROLE_REQUIRED");
    expect((await send(over, bad)).reason).to.equal("MESSAGE_TOO_LARGE");
    expect((await send(new Uint8Array([0xff]), bad)).reason).to.equal("MALFORMED_MESSAGE");
    expect((await send(unknown, bad)).badRequest?.fieldViolations[0]?.field).to.equal("900");
    expect((await send(text, bad)).reason).to.equal("IDEMPOTENCY_KEY_INVALID");
    expect((await send(text)).badRequest?.fieldViolations[0]?.field).to.equal("description");
  });

  it("says everything that a refusal says, and marks it as replayed if it is", async () => {
    handler = async () => {
      const details = { metadata: { shortfall_units: "5" }, retryDelayMs: 1_500 };
      throw new WalletError("INSUFFICIENT_FUNDS", "5 units are missing", details, true);
    };
    const reply = await send(transfer);
    expect([reply.code, reply.message]).to.deep.equal(["FAILED_PRECONDITION", "5 units are missing"]);
    expect(reply.info).to.deep.equal(
      create(ErrorInfoSchema, {
        domain: "wallet.v1",
        reason: "INSUFFICIENT_FUNDS",
        metadata: { shortfall_units: "5" },
      }),
    );
    expect(reply.retry?.retryDelay).to.include({ seconds: 1n, nanos: 500_000_000 });
    expect(reply.trailers.get("idempotency-replayed")).to.deep.equal(["true"]);
  });

  it("marks a replayed success, and only that", async () => {
    expect((await send(transfer)).headers.get("idempotency-replayed")).to.deep.equal([]);
    handler = async (_, seen) => {
      seen.setReplayed();
      return {};
    };
    expect((await send(transfer)).headers.get("idempotency-replayed")).to.deep.equal(["true"]);
  });

  it("hides what an unknown error says, and logs it under the request id", async () => {
    handler = async () => {
      throw new Error("connect postgres://wallet:hunter2@db/wallet failed");
    };
    const reply = await send(transfer, { "x-request-id": "r-9" });
    expect([reply.code, reply.message]).to.deep.equal(["INTERNAL", "internal error, request id r-9"]);
    expect(reply.info).to.equal(undefined);
    const line = rig.logged.find(({ requestId, level }) => requestId === "r-9" && level === "error");
    expect(JSON.stringify(line)).to.include("connect postgres://wallet:[redacted]@db/wallet failed");
  });

  it("answers INTERNAL when a handler's answer cannot be encoded", async () => {
    handler = async () => ({ transaction: { amount: { units: 2n ** 64n } } });
    expect((await send(transfer)).code).to.equal("INTERNAL");
  });

  it("keeps the details of an error small, whatever the caller sent", async () => {
    handler = async () => {
      const violations = Array.from({ length: 1_000 }, (_, index) => ({
        field: `f[${index}]`,
        description: "é".repeat(500),
      }));
      throw new WalletError("INVALID_FIELD", `bad: ${"😀".repeat(5_000)}`, {
        metadata: { text: "x\ud800".repeat(9_999) },
        violations,
      });
    };
    const reply = await send(transfer);
    expect(reply.reason).to.equal("INVALID_FIELD");
    expect(reply.message).to.match(/^bad: (😀)+…$/u);
    const [raw] = reply.trailers.get("grpc-status-details-bin");
    expect((raw as Buffer).length).to.be.below(5_000);
  });
});
