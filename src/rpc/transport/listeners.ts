import type { Logger } from "pino";
import type { Metrics } from "../../metrics.js";
import type { Authenticate } from "../access/authenticate.js";
import type { CallLimits } from "../limits/call-limits.js";
import type { Admission } from "../pipeline/admission.js";
import type { AuditTrail } from "../pipeline/audit-call.js";
import type { CallTracer } from "../pipeline/call-tracer.js";
import { createDrain } from "../pipeline/drain.js";
import type { Handlers } from "../pipeline/handlers.js";
import { listRpcs } from "../pipeline/rpc.js";
import type { ListenerTls } from "../tls/listener-tls.js";
import { type RefusedConnection, refusedConnections } from "../tls/refused-connections.js";
import { type ConnectionLimits, Connections } from "./connections.js";
import { startGrpcServer } from "./grpc-server.js";
import type { HttpTimeouts } from "./http-listener.js";
import { startHttpServer } from "./http-server.js";
import type { Listener } from "./listener.js";
import { startMetricsServer } from "./metrics-server.js";
import { type Ready, serveProbes } from "./probes.js";

/** What the listeners serve, and where. */
export interface ListenersOptions {
  /** The address of the interface that all three listen on. */
  host: string;
  /** The port of native gRPC; 0 picks a free one. */
  grpcPort: number;
  /** The port of Connect, gRPC-Web and the probes; 0 picks a free one. */
  httpPort: number;
  /** The port of `/metrics` and, in the clear, the probes; 0 picks a free one. */
  metricsPort: number;
  /** The RPCs. */
  handlers: Handlers;
  /** How the two listeners of calls speak TLS. Unset: in the clear. */
  tls?: ListenerTls | null;
  /** Says who is calling. */
  authenticate: Authenticate;
  /** How much each caller may do. */
  limits: Pick<CallLimits, "rates" | "streams" | "recorded">;
  /** Keeps movements out while too much waits. Unset: only full queues do. */
  admission?: Admission | undefined;
  /** How many connections each listener holds open. */
  connectionLimits: ConnectionLimits;
  /** What a slow client of HTTP may take. Unset: the usual. */
  httpTimeouts?: HttpTimeouts;
  /** Answers `/readyz`. */
  ready: Ready;
  /** Receives the reads and refusals that go on record. */
  audit: AuditTrail;
  /** Receives one line per call. */
  log: Logger;
  /** Receives counts and durations, and is what `/metrics` prints. */
  metrics: Metrics;
  /** Makes the spans of calls; undefined when no traces are exported. */
  tracer?: CallTracer | undefined;
}

/** The listeners of one app. */
export interface Listeners {
  /** The port of native gRPC. */
  readonly grpcPort: number;
  /** The port of Connect, gRPC-Web and the probes. */
  readonly httpPort: number;
  /** The port of `/metrics`. */
  readonly metricsPort: number;
  /**
   * Shuts down in order: health says `NOT_SERVING`, new calls are refused with `SHUTTING_DOWN`, calls in flight
   * finish, the ports close. Takes `timeoutMs` at most, and says whether every call in flight finished within it.
   */
  drain(timeoutMs: number): Promise<boolean>;
}

// The last answers have been handed to the sockets; this is what they get to reach the other end.
const flushMsMax = 1_000;

/** Starts all listeners. If one cannot have its port the others are closed again, and its `PortError` is thrown. */
export async function startListeners(options: ListenersOptions): Promise<Listeners> {
  const { host, log, metrics, tracer, authenticate, limits, admission, audit, ready } = options;
  const pipeline = { authenticate, limits, admission, log, metrics, tracer, audit, drain: createDrain() };
  const probes = serveProbes(pipeline, ready);
  const rpcs = listRpcs(options.handlers);
  const refused = refusedConnections(log, metrics);
  const connectionsOf = (listener: RefusedConnection["listener"]) =>
    new Connections({ listener, limits: options.connectionLimits, metrics, refused });
  const taking = (listener: "grpc" | "http") => ({
    tls: options.tls ?? null,
    connections: connectionsOf(listener),
    refused,
  });
  const [grpc, http, figures] = await allOrNone([
    startGrpcServer({ host, port: options.grpcPort }, pipeline, rpcs, taking("grpc")),
    startHttpServer({ host, port: options.httpPort }, pipeline, rpcs, {
      ...taking("http"),
      probes,
      timeouts: options.httpTimeouts,
    }),
    startMetricsServer(
      { host, port: options.metricsPort },
      { registry: metrics.registry, probes },
      connectionsOf("metrics"),
    ),
  ]);
  const all = [grpc, http, figures];
  metrics.rpcInFlight.watch({}, () => pipeline.drain.inFlight);

  return {
    grpcPort: grpc.port,
    httpPort: http.port,
    metricsPort: figures.port,
    async drain(timeoutMs) {
      const endMs = performance.now() + timeoutMs;
      grpc.stopServing();
      pipeline.drain.begin();
      const finished = await pipeline.drain.drained(timeoutMs);
      const graceMs = Math.min(flushMsMax, Math.max(0, endMs - performance.now()));
      await Promise.all(all.map((listener) => listener.close(graceMs)));
      return finished;
    },
  };
}

async function allOrNone<T extends Listener[]>(starting: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const results = await Promise.allSettled(starting);
  const started = results.filter((result) => result.status === "fulfilled").map(({ value }) => value);
  const failure = results.find((result) => result.status === "rejected");
  if (failure === undefined) return started as T;
  await Promise.all(started.map((listener) => listener.close(0)));
  throw failure.reason;
}
