import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type Server, ServerCredentials } from "@grpc/grpc-js";
import { type ListenerTls, superviseTls, tlsOptions } from "../tls/listener-tls.js";
import type { ConnectionOptions } from "./connection-options.js";
import { shutDown } from "./grpc-shutdown.js";
import type { Listener } from "./listener.js";
import { type Address, PortError } from "./port-error.js";

/**
 * Takes connections for a gRPC server, with TLS or in the clear. grpc-js could do so itself, but takes any number of
 * them, tells nobody of a handshake that failed, drops its certificate when a file cannot be read for a moment, and
 * cannot cut a connection whose other end has begun to close it. Rejects with `PortError`.
 */
export async function listenGrpc(
  grpc: Server,
  address: Address,
  { tls, connections, refused }: ConnectionOptions,
): Promise<Listener> {
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const inject = (socket: Socket): void => {
    // What breaks a connection ends its calls; there is nobody else to tell.
    socket.on("error", () => {});
    injector.injectConnection(socket);
  };
  const server = tls === null ? createServer(inject) : tlsServer(tls, refused, inject);
  connections.guard(server);
  await new Promise<void>((resolve, reject) => {
    // It stays: later, an error is about a connection that could not be accepted, and nobody's end but that one's.
    server.on("error", (cause) => reject(new PortError("GRPC_PORT", address, cause)));
    server.listen(address.port, address.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      injector.drain(graceMs);
      const timer = setTimeout(() => connections.destroyAll(), graceMs);
      await shutDown(grpc, graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function tlsServer(
  tls: ListenerTls,
  refused: ConnectionOptions["refused"],
  inject: (socket: Socket) => void,
): NetServer {
  const server = createTlsServer({ ...tlsOptions(tls), ALPNProtocols: ["h2"] }, inject);
  superviseTls(server, tls, (problem, peer) => refused({ listener: "grpc", problem, peer }));
  return server;
}
