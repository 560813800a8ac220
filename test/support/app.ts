import { type Client, Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { expect } from "chai";
import type { DestinationStream } from "pino";
import { type App, openApp } from "../../src/app.js";
import { readConfig } from "../../src/config.js";
import { type AnomalyLimits, defaultAnomalyLimits } from "../../src/engine/anomaly-limits.js";
import type { AuditLimits } from "../../src/engine/audit-queue.js";
import type { IntegrityScheduleLimits } from "../../src/engine/integrity/schedule.js";
import { defaultQueueLimits, type QueueLimits } from "../../src/engine/queue-worker.js";
import type { SweeperLimits } from "../../src/engine/sweeper.js";
import type { FeedLimits } from "../../src/events/limits.js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "../../src/gen/google/rpc/error_details_pb.js";
import { AdminService } from "../../src/gen/wallet/v1/admin_service_pb.js";
import { WalletService } from "../../src/gen/wallet/v1/wallet_service_pb.js";
import { createLog } from "../../src/log.js";
import { issueToken } from "../../src/rpc/access/issue-token.js";
import type { Role } from "../../src/rpc/access/role.js";
import type { RateWindows } from "../../src/rpc/limits/rate-limit.js";
import { expectOracles } from "./oracles.js";
import { type TestDatabase, testDatabase } from "./postgres.js";

/** What the tokens of the callers are signed with. */
export const jwtSecret = "a secret of the tests, long enough for HS256";

/** The service on a database of its own, with both listeners up. */
export interface TestApp {
  readonly app: App;
  readonly database: TestDatabase;
  /** Typed stubs over native gRPC for a caller. */
  as(role: Role, subject?: string): TestClients;
  /** The same stubs over the HTTP listener. */
  overHttp(
    role: Role,
    subject: string,
    protocol: "connect-json" | "connect-binary" | "grpc-web",
  ): TestClients;
  token(role: Role, subject?: string): Promise<string>;
  close(): Promise<void>;
}

export interface TestClients {
  readonly wallet: Client<typeof WalletService>;
  readonly admin: Client<typeof AdminService>;
}

/** What is to be unlike the usual: another app's database, a sweeper, a worker for the queue, or tighter bounds. */
export interface TestAppOptions {
  readonly database?: TestDatabase;
  /** How expired holds are swept in the background; they are not unless it is given. */
  readonly sweeper?: SweeperLimits;
  /** How the queue is applied in the background, where not as usual; it is not unless this is given. */
  readonly queue?: Partial<QueueLimits>;
  /** When the ledger is checked in the background; it is not unless this is given. */
  readonly integrity?: IntegrityScheduleLimits;
  readonly feedLimits?: Partial<FeedLimits>;
  /** Variables of the environment besides, or instead of, the usual ones, which set no limits. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the log goes, from the lowest level on; nothing but what is fatal is logged unless it is given. */
  readonly logTo?: DestinationStream;
  /** The bounds of the audit queue; it writes almost at once unless they say otherwise. */
  readonly auditLimits?: Partial<AuditLimits>;
  /** How anomalies are looked for in the background, where not as usual; they are not unless this is given. */
  readonly anomalies?: Partial<AnomalyLimits>;
  readonly rateWindows?: RateWindows;
}

const unlimited = {
  RATE_LIMIT_HOLDER_READS: "0",
  RATE_LIMIT_HOLDER_MOVEMENTS: "0",
  RATE_LIMIT_READS: "0",
  RATE_LIMIT_MOVEMENTS: "0",
  RATE_LIMIT_ADMIN: "0",
  RATE_LIMIT_UNAUTHENTICATED: "0",
  STREAM_LIMIT_HOLDER: "0",
  STREAM_LIMIT: "0",
  CONNECTION_LIMIT: "0",
  CONNECTION_LIMIT_PER_ADDRESS: "0",
};

export async function startApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { sweeper = null, integrity = null, feedLimits = {}, auditLimits = { flushMs: 10 } } = options;
  const { rateWindows } = options;
  const queue = options.queue === undefined ? null : { ...defaultQueueLimits, ...options.queue };
  const anomalies =
    options.anomalies === undefined ? null : { ...defaultAnomalyLimits, ...options.anomalies };
  const database = options.database ?? (await testDatabase());
  const config = readConfig({
    DATABASE_URL: database.url,
    JWT_SECRET: jwtSecret,
    HOST: "127.0.0.1",
    GRPC_PORT: "0",
    HTTP_PORT: "0",
    METRICS_PORT: "0",
    ...unlimited,
    ...options.env,
  });
  const { logTo: destination } = options;
  const log = createLog(destination === undefined ? { level: "fatal" } : { level: "trace", destination });
  const { signal } = new AbortController();
  const app = await openApp(config, {
    ...{ log, migrate: false, signal },
    ...{ sweeper, queue, anomalies, integrity, feedLimits, auditLimits },
    ...(rateWindows && { rateWindows }),
  });
  const token = (role: Role, subject = `${role}-1`) =>
    issueToken({ secret: jwtSecret, issuer: "wallet", audience: "wallet", subject, role, ttlSeconds: 3_600 });
  const grpc = createGrpcTransport({ baseUrl: `http://127.0.0.1:${app.grpcPort}` });
  const http = { baseUrl: `http://127.0.0.1:${app.httpPort}`, httpVersion: "1.1" as const };
  const transports: Record<string, Transport> = {
    "connect-json": createConnectTransport(http),
    "connect-binary": createConnectTransport({ ...http, useBinaryFormat: true }),
    "grpc-web": createGrpcWebTransport(http),
  };
  return {
    app,
    database,
    as: (role, subject) => clientsOf(grpc, token(role, subject)),
    overHttp: (role, subject, protocol) => clientsOf(transports[protocol] ?? grpc, token(role, subject)),
    token,
    close: () => app.close(),
  };
}

/** Fails unless the ledger that the app wrote is sound. */
export async function expectSound({ database }: TestApp): Promise<void> {
  await expectOracles(database.url);
}

let keys = 0;

/** Call options with an idempotency key: a fresh one, or the one given. */
export function keyed(key = `wire-${++keys}`): { headers: { "idempotency-key": string } } {
  return { headers: { "idempotency-key": key } };
}

/** What a refused call said, in one readable value. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
  readonly message: string;
  readonly metadata: Record<string, string>;
  readonly fields: string[];
  readonly retryable: boolean;
  readonly replayed: boolean;
}

/** The refusal of a call; fails the test when it succeeds. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  const error = await call.then(
    (answer) => expect.fail(`the call succeeded: ${JSON.stringify(answer, bigintText)}`),
    (reason: unknown) => ConnectError.from(reason),
  );
  const [info] = error.findDetails(ErrorInfoSchema);
  const [badRequest] = error.findDetails(BadRequestSchema);
  if (info !== undefined) expect(info.domain).to.equal("wallet.v1");
  return {
    code: Code[error.code],
    reason: info?.reason ?? "",
    message: error.rawMessage,
    metadata: info?.metadata ?? {},
    fields: badRequest?.fieldViolations.map(({ field }) => field) ?? [],
    retryable: error.findDetails(RetryInfoSchema).length > 0,
    replayed: error.metadata.get("idempotency-replayed") === "true",
  };
}

/** The refusals of calls that are under way at once. */
export function refusalsOf(calls: readonly Promise<unknown>[]): Promise<Refusal[]> {
  return Promise.all(calls.map(refusalOf));
}

export async function reasonOf(call: Promise<unknown>): Promise<string> {
  return (await refusalOf(call)).reason;
}

function bigintText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}

function clientsOf(transport: Transport, token: Promise<string>): TestClients {
  const authorized: Transport = {
    unary: async (method, signal, timeoutMs, header, input, contextValues) =>
      transport.unary(method, signal, timeoutMs, await withToken(header, token), input, contextValues),
    stream: async (method, signal, timeoutMs, header, input, contextValues) =>
      transport.stream(method, signal, timeoutMs, await withToken(header, token), input, contextValues),
  };
  return { wallet: createClient(WalletService, authorized), admin: createClient(AdminService, authorized) };
}

async function withToken(
  header: ConstructorParameters<typeof Headers>[0],
  token: Promise<string>,
): Promise<Headers> {
  const headers = new Headers(header);
  headers.set("authorization", `Bearer ${await token}`);
  return headers;
}
