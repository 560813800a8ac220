import { type AddressInfo, createServer } from "node:net";
import type { Server, ServerCredentials } from "@grpc/grpc-js";
import type { Connections } from "./connections.js";
import type { Listener } from "./listener.js";
import { type Address, PortError } from "./port-error.js";

/**
 * Accepts the connections of a gRPC server at an address. grpc-js would accept any number of them, so it is handed
 * those that may stay open. Rejects with `PortError` if the port cannot be had.
 */
export async function listenGrpc(
  server: Server,
  credentials: ServerCredentials,
  address: Address,
  connections: Connections,
): Promise<Listener> {
  const injector = server.createConnectionInjector(credentials);
  const listening = createServer((socket) => {
    if (connections.admit(socket)) injector.injectConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    // It stays: later, an error is about a connection that could not be accepted, and nobody's end but that one's.
    listening.on("error", (cause) => reject(new PortError("GRPC_PORT", address, cause)));
    listening.listen(address.port, address.host, resolve);
  });
  return {
    port: (listening.address() as AddressInfo).port,
    async close(graceMs) {
      listening.close();
      // Ends what is left after the grace. `forceShutdown` would not: it knows of sessions through channelz alone.
      injector.drain(graceMs);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    },
  };
}
