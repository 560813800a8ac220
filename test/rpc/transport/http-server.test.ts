import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { compressionGzip, createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { expect } from "chai";
import { BadRequestSchema, ErrorInfoSchema } from "../../../src/gen/google/rpc/error_details_pb.js";
import { type TransferRequest, TransferRequestSchema } from "../../../src/gen/wallet/v1/movement_pb.js";
import { WalletService } from "../../../src/gen/wallet/v1/wallet_service_pb.js";
import { WalletError } from "../../../src/ledger/wallet-error.js";
import type { Call } from "../../../src/rpc/pipeline/call.js";
import { getBalanceRpc, openRig, type Rig, tokenOf, transferRpc } from "../wire.js";

describe("the HTTP listener", () => {
  let rig: Rig;
  let token: string;
  let problems: string[];
  let handler: (request: TransferRequest, call: Call) => Promise<object>;

  before(async () => {
    const wallet = {
      transfer: async (request: TransferRequest, call: Call) => handler(request, call),
      getBalance: async () => ({ walletId: "w-1" }),
    };
    rig = await openRig({ wallet }, { ready: async () => problems });
    token = await tokenOf("holder");
  });

  after(async () => rig.close());

  beforeEach(() => {
    problems = [];
    handler = async () => ({ transaction: { id: "t-1" } });
  });

  async function post(
    rpc: string,
    body: string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const all = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "idempotency-key": "k-1",
      ...headers,
    };
    return fetch(`${rig.http}/${rpc}`, { method: "POST", body, headers: all });
  }

  /** The status, the Connect code, and the reason in the debug form of the ErrorInfo. */
  async function refusalOf(response: Response): Promise<unknown[]> {
    const body = (await response.json()) as {
      code?: string;
      details?: { type: string; debug: { reason?: string } }[];
    };
    const info = body.details?.find(({ type }) => type === "google.rpc.ErrorInfo");
    return [response.status, body.code, info?.debug.reason];
  }

  /** The fields of an INVALID_FIELD. */
  async function violationsOf(response: Response): Promise<string[] | undefined> {
    const body = (await response.json()) as {
      details: { type: string; debug: { reason?: string; fieldViolations?: { field: string }[] } }[];
    };
    expect(body.details[0]?.debug.reason).to.equal("INVALID_FIELD");
    const badRequest = body.details.find(({ type }) => type === BadRequestSchema.typeName);
    return badRequest?.debug.fieldViolations?.map(({ field }) => field);
  }

  const transports: [name: string, make: (baseUrl: string) => Transport][] = [
    [
      "Connect JSON",
      (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
    ],
    [
      "Connect binary",
      (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true }),
    ],
    [
      "Connect binary with gzip",
      (baseUrl) =>
        createConnectTransport({
          baseUrl,
          httpVersion: "1.1",
          sendCompression: compressionGzip,
          compressMinBytes: 1,
        }),
    ],
    ["gRPC-Web", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
    [
      "gRPC-Web JSON with gzip",
      (baseUrl) =>
        createGrpcWebTransport({
          baseUrl,
          httpVersion: "1.1",
          useBinaryFormat: false,
          sendCompression: compressionGzip,
          compressMinBytes: 1,
        }),
    ],
  ];
  for (const [name, make] of transports) {
    it(`serves ${name}: requests, metadata, deadlines and typed refusals`, async () => {
      const client = createClient(WalletService, make(rig.http));
      const headers = { authorization: `Bearer ${token}`, "idempotency-key": "k-2", "x-request-id": "r-1" };
      let seen: { request: TransferRequest; call: Call } | undefined;
      handler = async (request, call) => {
        seen = { request, call };
        call.setReplayed();
        return { transaction: { id: "t-2" } };
      };
      const received: [string | null, string | null][] = [];
      const onHeader = (header: Headers) =>
        received.push([header.get("x-request-id"), header.get("idempotency-replayed")]);
      const sent = create(TransferRequestSchema, { amount: { asset: "gold_coins", units: 25n } });
      const answer = await client.transfer(sent, { headers, onHeader, timeoutMs: 30_000 });
      expect(answer.transaction?.id).to.equal("t-2");
      expect(seen?.request).to.deep.equal(sent);
      expect(seen?.call).to.include({ idempotencyKey: "k-2", requestId: "r-1", method: transferRpc });
      expect(seen?.call.caller.subject).to.equal("alice");
      expect(seen?.call.deadlineMs).to.be.within(Date.now(), Date.now() + 30_000);
      expect(seen?.call.peer).to.match(/^127\.0\.0\.1:\d+$/);
      expect(received).to.deep.equal([["r-1", "true"]]);

      handler = async () => {
        throw new WalletError("INSUFFICIENT_FUNDS", "5 units are missing", {
          metadata: { shortfall_units: "5" },
        });
      };
      const error = ConnectError.from(
        await client.transfer(sent, { headers }).catch((caught: unknown) => caught),
      );
      expect([error.code, error.rawMessage]).to.deep.equal([Code.FailedPrecondition, "5 units are missing"]);
      expect(error.findDetails(ErrorInfoSchema)[0]).to.include({
        domain: "wallet.v1",
        reason: "INSUFFICIENT_FUNDS",
      });
      expect(error.metadata.get("x-request-id")).to.equal("r-1");
    });
  }

  it("answers plain JSON posted with curl", async () => {
    const response = await post(transferRpc, '{"amount":{"asset":"gold_coins","units":"25"}}', {
      "x-request-id": "r-2",
    });
    expect(response.headers.get("x-request-id")).to.equal("r-2");
    expect(await response.json()).to.have.nested.property("transaction.id", "t-1");
  });

  it("authenticates before it looks at the message", async () => {
    const refused = await post(transferRpc, "nonsense", { authorization: "Bearer x" });
    expect(await refusalOf(refused)).to.deep.equal([401, "unauthenticated", "TOKEN_INVALID"]);
  });

  it("refuses malformed messages with their reason, in every encoding", async () => {
    const malformed = [400, "invalid_argument", "MALFORMED_MESSAGE"];
    for (const body of [
      "",
      "{",
      "[]",
      '{"amount":7}',
      '{"amount":{"units":"x"}}',
      new Uint8Array([0x22, 0xff, 0x22]),
    ]) {
      expect(await refusalOf(await post(transferRpc, body))).to.deep.equal(malformed);
    }
    const proto = { "content-type": "application/proto" };
    expect(await refusalOf(await post(transferRpc, new Uint8Array([0xff]), proto))).to.deep.equal(malformed);
    const gzip = { ...proto, "content-encoding": "gzip" };
    expect(await refusalOf(await post(transferRpc, new Uint8Array([1, 2]), gzip))).to.deep.equal(malformed);
  });

  it("refuses a broken gRPC-Web envelope with its reason", async () => {
    for (const body of [[], [0, 0, 0], [0, 0, 0, 0, 9, 1], [7, 0, 0, 0, 0]]) {
      const response = await post(transferRpc, new Uint8Array(body), {
        "content-type": "application/grpc-web+proto",
      });
      expect(await response.text())
        .to.match(/grpc-status: 3\r\n/)
        .and.match(/grpc-status-details-bin/);
    }
  });

  it("refuses messages over 4 MiB, also when they only grow so large by decompression", async () => {
    const tooLarge = [429, "resource_exhausted", "MESSAGE_TOO_LARGE"];
    const big = JSON.stringify({ description: "x".repeat(4_194_304) });
    expect(await refusalOf(await post(transferRpc, big))).to.deep.equal(tooLarge);
    const gzip = { "content-encoding": "gzip" };
    expect(await refusalOf(await post(transferRpc, gzipSync(big), gzip))).to.deep.equal(tooLarge);
  });

  it("refuses unknown JSON members on a write and names them, and ignores them on a read", async () => {
    const body = '{"colour":1,"amount":{"shade":2,"units":"1"},"source":{"holderId":"a","x":{}}}';
    const violations = await violationsOf(await post(transferRpc, body));
    expect(violations).to.deep.equal(["colour", "amount.shade", "source.x"]);
    expect((await post(getBalanceRpc, '{"colour":1}')).status).to.equal(200);
  });

  it("refuses U+0000 and lone surrogates written as JSON escapes", async () => {
    for (const text of ["\\u0000", "\\ud800"]) {
      const body = `{"description":"${text}","metadata":{"${text}":"x"},"source":{"walletId":"${text}"}}`;
      const violations = await violationsOf(await post(transferRpc, body));
      expect(violations).to.have.members(["description", `metadata["${text}"]`, "source.wallet_id"]);
    }
  });

  it("refuses a key that was sent twice", async () => {
    const status = await new Promise<number | undefined>((resolve) => {
      const headers = {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "idempotency-key": ["one", "two"],
      };
      httpRequest(`${rig.http}/${transferRpc}`, { method: "POST", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end("{}");
    });
    expect(status).to.equal(400);
  });

  it("hides what an unknown error says", async () => {
    handler = async () => {
      throw new Error("secret detail");
    };
    const response = await post(transferRpc, "{}", { "x-request-id": "r-3" });
    expect(response.status).to.equal(500);
    expect(await response.json()).to.deep.equal({
      code: "internal",
      message: "internal error, request id r-3",
    });
  });

  it("says that streams from the client are served on the gRPC port", async () => {
    const client = createClient(
      WalletService,
      createConnectTransport({ baseUrl: rig.http, httpVersion: "1.1" }),
    );
    const admin = { headers: { authorization: `Bearer ${await tokenOf("admin")}` } };
    const upload = client.uploadPayoutBatch((async function* () {})(), admin);
    const error = ConnectError.from(await upload.catch((caught: unknown) => caught));
    expect(error.code).to.equal(Code.Unimplemented);
    expect(error.rawMessage).to.include("gRPC port");
    const both = await post("wallet.v1.WalletService/ExecuteStream", new Uint8Array(5), {
      authorization: admin.headers.authorization,
      "content-type": "application/connect+json",
    });
    expect(await both.text())
      .to.include("unimplemented")
      .and.include("gRPC port");
    const stranger = await post("wallet.v1.WalletService/ExecuteStream", "", {
      authorization: "",
      "content-type": "application/connect+json",
    });
    expect(await stranger.text()).to.include("TOKEN_MISSING");
  });

  it("authenticates server streams before it says that they are unimplemented", async () => {
    const client = createClient(
      WalletService,
      createConnectTransport({ baseUrl: rig.http, httpVersion: "1.1" }),
    );
    const outcome = async (headers: Record<string, string>) => {
      try {
        for await (const _ of client.watchWallet({}, { headers })) return "a message";
        return "an end";
      } catch (error) {
        return Code[ConnectError.from(error).code];
      }
    };
    expect(await outcome({})).to.equal("Unauthenticated");
    expect(await outcome({ authorization: `Bearer ${token}` })).to.equal("Unimplemented");
  });

  it("serves RPCs by POST and with its content types only", async () => {
    expect((await fetch(`${rig.http}/${getBalanceRpc}?encoding=json&message={}`)).status).to.equal(405);
    const text = await post(getBalanceRpc, "{}", { "content-type": "text/plain" });
    expect([text.status, ((await text.json()) as { message: string }).message]).to.deep.equal([
      415,
      "GetBalance is unary; it takes application/json, application/proto and application/grpc-web+proto",
    ]);
  });
});
