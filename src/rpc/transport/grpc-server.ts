import { logVerbosity, Server, setLogVerbosity } from "@grpc/grpc-js";
import { transportBytesMax } from "../pipeline/request-body.js";
import { type Rpc, services } from "../pipeline/rpc.js";
import type { Pipeline } from "../pipeline/run-call.js";
import type { ConnectionOptions } from "./connection-options.js";
import { listenGrpc } from "./grpc-listener.js";
import { grpcMethod } from "./grpc-method.js";
import { addHealth } from "./health.js";
import type { Listener } from "./listener.js";
import type { Address } from "./port-error.js";
import { addReflection } from "./reflection.js";

/** The native gRPC listener. */
export interface GrpcListener extends Listener {
  /** Reports `NOT_SERVING` to health checks from now on. */
  stopServing(): void;
}

// The message limit is above the pipeline's own, so that the pipeline can refuse with MESSAGE_TOO_LARGE.
const serverOptions = {
  "grpc.max_receive_message_length": transportBytesMax,
  "grpc.max_send_message_length": transportBytesMax,
  "grpc.max_concurrent_streams": 2_000,
  "grpc.keepalive_time_ms": 60_000,
  "grpc.keepalive_timeout_ms": 20_000,
  "grpc.max_connection_idle_ms": 600_000,
  // Statistics for a debugging service that is not served; they cost about a tenth of a call.
  "grpc.enable_channelz": 0,
};

/** Serves every RPC over native gRPC, with reflection and health. Rejects with `PortError`. */
export async function startGrpcServer(
  address: Address,
  pipeline: Pipeline,
  rpcs: readonly Rpc[],
  connections: ConnectionOptions,
): Promise<GrpcListener> {
  // grpc-js prints header values it cannot parse, tokens among them, to standard error.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server(serverOptions);
  const withCertificates = connections.tls?.mutual ?? false;
  const methods = rpcs.map((rpc) => ({ rpc, method: grpcMethod(pipeline, rpc, withCertificates) }));
  for (const service of services) {
    const own = methods.filter(({ rpc }) => rpc.desc.parent === service);
    server.addService(
      Object.fromEntries(own.map(({ rpc, method }) => [rpc.desc.name, method.definition])),
      Object.fromEntries(own.map(({ rpc, method }) => [rpc.desc.name, method.handle])),
    );
  }
  const health = addHealth(server);
  addReflection(server);
  const listener = await listenGrpc(server, address, connections);
  return { ...listener, stopServing: () => health.stopServing() };
}
