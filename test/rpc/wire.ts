import { Writable } from "node:stream";
import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
  type StatusObject,
} from "@grpc/grpc-js";
import type { AuditedCall } from "../../src/engine/audit-queue.js";
import { Code } from "../../src/gen/google/rpc/code_pb.js";
import {
  type BadRequest,
  BadRequestSchema,
  type ErrorInfo,
  ErrorInfoSchema,
  type RetryInfo,
  RetryInfoSchema,
} from "../../src/gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../../src/gen/google/rpc/status_pb.js";
import { TransferRequestSchema } from "../../src/gen/wallet/v1/movement_pb.js";
import { createLog } from "../../src/log.js";
import { createMetrics } from "../../src/metrics.js";
import { openAuthenticator } from "../../src/rpc/access/authenticate.js";
import { issueToken } from "../../src/rpc/access/issue-token.js";
import type { Role } from "../../src/rpc/access/role.js";
import { type CallLimitsOptions, openCallLimits } from "../../src/rpc/limits/call-limits.js";
import type { Handlers } from "../../src/rpc/pipeline/handlers.js";
import { type Listeners, type ListenersOptions, startListeners } from "../../src/rpc/transport/listeners.js";

export const secret = "a secret of the tests, 32 bytes or more";
export const issuer = "https://issuer.test";
export const audience = "wallet-test";

/** A token that the listeners of the tests accept. */
export async function tokenOf(role: Role, subject = "alice"): Promise<string> {
  return issueToken({ secret, issuer, audience, subject, role, ttlSeconds: 600 });
}

/** No limit for anybody. */
export const unlimited: CallLimitsOptions = {
  callRates: {
    holder: { reads: 0, movements: 0, admin: 0 },
    service: { reads: 0, movements: 0, admin: 0 },
  },
  failedAttemptsMax: 0,
  streamLimits: { holder: 0, service: 0 },
  redisUrl: null,
};

/** Listeners with the given handlers, a client of their gRPC port, and what they logged. */
export interface Rig {
  listeners: Listeners;
  client: Client;
  http: string;
  logged: Record<string, unknown>[];
  /** What went on record. */
  audited: AuditedCall[];
  close(): Promise<void>;
}

/** Starts listeners on free ports of this machine. */
export async function openRig(
  handlers: Partial<Handlers> = {},
  options: Partial<ListenersOptions> = {},
): Promise<Rig> {
  const logged: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(line, _, done) {
      logged.push(JSON.parse(String(line)));
      done();
    },
  });
  const audited: AuditedCall[] = [];
  const log = createLog({ level: "debug", destination });
  const metrics = createMetrics();
  const listeners = await startListeners({
    host: "127.0.0.1",
    grpcPort: 0,
    httpPort: 0,
    metricsPort: 0,
    handlers: { wallet: {}, admin: {}, ...handlers },
    authenticate: await openAuthenticator({ keys: { secret }, issuer, audience }),
    limits: await openCallLimits(unlimited, { log, metrics }),
    connectionLimits: { max: 0, perAddressMax: 0 },
    ready: async () => [],
    audit: { add: (call) => audited.push(call), assertRoom: () => {} },
    log,
    metrics,
    ...options,
  });
  const client = new Client(`127.0.0.1:${listeners.grpcPort}`, credentials.createInsecure());
  return {
    listeners,
    client,
    http: `http://127.0.0.1:${listeners.httpPort}`,
    logged,
    audited,
    async close() {
      client.close();
      await listeners.drain(5_000);
    },
  };
}

/** What came back over native gRPC. */
export interface Reply {
  code: string;
  message: string;
  headers: Metadata;
  trailers: Metadata;
  bytes: Buffer;
  reason: string | undefined;
  info: ErrorInfo | undefined;
  badRequest: BadRequest | undefined;
  retry: RetryInfo | undefined;
}

/** Calls an RPC over native gRPC with raw bytes, as any client could. */
export async function call(
  client: Client,
  rpc: string,
  bytes: Uint8Array,
  headers: Record<string, string | string[]> = {},
): Promise<Reply> {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(headers))
    for (const one of [value].flat()) metadata.add(key, one);
  const same = (buffer: Buffer) => buffer;
  return new Promise((resolve) => {
    let response: Buffer = Buffer.alloc(0);
    let first = new Metadata();
    const running = client.makeUnaryRequest(
      `/${rpc}`,
      same,
      same,
      Buffer.from(bytes),
      metadata,
      (_error: ServiceError | null, value?: Buffer) => {
        response = value ?? response;
      },
    );
    running.on("metadata", (received) => {
      first = received;
    });
    // The status comes last, after the callback.
    running.on("status", (status) => resolve(toReply(status, first, response)));
  });
}

/** A call whose answer is a stream, as any client could make it. */
export interface OpenStream {
  /** What the client of grpc-js works with: it reads when it is listened to, and sends. */
  readonly wire: ClientDuplexStream<Buffer, Buffer>;
  /** The messages, from those on that nobody has read. */
  read(): AsyncIterable<Buffer>;
  /** Reads one message and stops: what grpc-js has received before its first reader comes is kept without bound. */
  readOne(): Promise<void>;
  /** How it ended. Resolves when all messages have been read. */
  readonly ended: Promise<Reply>;
}

/** Opens a stream over native gRPC, and sends what is given. A request alone is a stream of one message. */
export function openStream(
  client: Client,
  rpc: string,
  headers: Record<string, string> = {},
  { only, deadline }: { only?: Uint8Array; deadline?: number } = {},
): OpenStream {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
  const same = (buffer: Buffer) => buffer;
  const options = deadline === undefined ? {} : { deadline };
  const wire = client.makeBidiStreamRequest(`/${rpc}`, same, same, metadata, options);
  // The status says the same.
  wire.on("error", () => {});
  const ended = new Promise<Reply>((resolve) => {
    let first = new Metadata();
    wire.on("metadata", (received) => {
      first = received;
    });
    wire.on("status", (status) => resolve(toReply(status, first, Buffer.alloc(0))));
  });
  if (only !== undefined) {
    wire.write(Buffer.from(only));
    wire.end();
  }
  const readOne = () =>
    new Promise<void>((resolve) => {
      wire.once("data", () => {
        wire.pause();
        resolve();
      });
    });
  return { wire, ended, read: () => readAll(wire, ended), readOne };
}

// Node's own iterator would forget the messages that came before an error.
async function* readAll(
  wire: ClientDuplexStream<Buffer, Buffer>,
  ended: Promise<Reply>,
): AsyncIterable<Buffer> {
  const queue: Buffer[] = [];
  let over = false;
  let wake = () => {};
  wire.on("data", (bytes) => {
    queue.push(bytes);
    wake();
  });
  wire.resume();
  void ended.then(() => {
    over = true;
    wake();
  });
  while (!over || queue.length > 0) {
    if (queue.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    yield* queue.splice(0);
  }
}

function toReply(status: StatusObject, headers: Metadata, bytes: Buffer): Reply {
  const raw = status.metadata.get("grpc-status-details-bin")[0];
  const details = raw === undefined ? [] : fromBinary(StatusSchema, raw as Buffer).details;
  const find = <D extends DescMessage>(desc: D): MessageShape<D> | undefined =>
    details.map((any) => anyUnpack(any, desc)).find((found) => found !== undefined);
  const info = find(ErrorInfoSchema);
  return {
    code: Code[status.code] as string,
    message: status.details,
    headers,
    trailers: status.metadata,
    bytes,
    reason: info?.reason,
    info,
    badRequest: find(BadRequestSchema),
    retry: find(RetryInfoSchema),
  };
}

export const transferRpc = "wallet.v1.WalletService/Transfer";
export const getBalanceRpc = "wallet.v1.WalletService/GetBalance";

/** A transfer that is well formed. */
export const transfer = toBinary(
  TransferRequestSchema,
  create(TransferRequestSchema, {
    source: { ref: { case: "holderId", value: "alice" } },
    destination: { ref: { case: "holderId", value: "bob" } },
    amount: { asset: "gold_coins", units: 25n },
    metadata: { order: "1001" },
  }),
);
