import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from "@grpc/grpc-js";
import { transportBytesMax } from "../pipeline/request-body.js";
import { type Rpc, services } from "../pipeline/rpc.js";
import type { Pipeline } from "../pipeline/run-call.js";
import { grpcMethod } from "./grpc-method.js";
import { addHealth } from "./health.js";
import type { Listener } from "./listener.js";
import { type Address, PortError } from "./port-error.js";
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
): Promise<GrpcListener> {
  // grpc-js prints header values it cannot parse, tokens among them, to standard error.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server(serverOptions);
  const methods = rpcs.map((rpc) => ({ rpc, method: grpcMethod(pipeline, rpc) }));
  for (const service of services) {
    const own = methods.filter(({ rpc }) => rpc.desc.parent === service);
    server.addService(
      Object.fromEntries(own.map(({ rpc, method }) => [rpc.desc.name, method.definition])),
      Object.fromEntries(own.map(({ rpc, method }) => [rpc.desc.name, method.handle])),
    );
  }
  const health = addHealth(server);
  addReflection(server);
  const port = await bind(server, address);
  const bound = hostAndPort({ host: address.host, port });
  return { port, stopServing: () => health.stopServing(), close: (graceMs) => close(server, bound, graceMs) };
}

function hostAndPort({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

async function bind(server: Server, address: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(hostAndPort(address), ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) return resolve(port);
      server.forceShutdown();
      reject(new PortError("GRPC_PORT", address, error));
    });
  });
}

async function close(server: Server, bound: string, graceMs: number): Promise<void> {
  // Ends what is left after the grace. `forceShutdown` would not: it knows of sessions through channelz alone.
  server.drain(bound, graceMs);
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
}
