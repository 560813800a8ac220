import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Connections } from "./connections.js";
import type { Listener } from "./listener.js";
import { type Address, PortError, type PortVariable } from "./port-error.js";

/** How long a connection may take for what it does, in milliseconds; each is noticed up to the interval later. */
export interface HttpTimeouts {
  /** From its beginning, or that of its next request, until the headers of a request are there. */
  readonly headersTimeout: number;
  /** Until all of the request is there. */
  readonly requestTimeout: number;
  /** Without a further request, after an answer. */
  readonly keepAliveTimeout: number;
  /** How often it is looked for connections that take longer. */
  readonly connectionsCheckingInterval: number;
}

/** A client that is slow on purpose must not hold a connection for long. */
export const usualTimeouts: HttpTimeouts = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
};

const headerBytesMax = 16_384;

/** Serves HTTP/1.1 at an address. Rejects with `PortError` if the port cannot be had. */
export async function listenHttp(
  variable: PortVariable,
  address: Address,
  { connections, timeouts = usualTimeouts }: { connections: Connections; timeouts?: HttpTimeouts },
  onRequest: RequestListener,
): Promise<Listener> {
  const server = createServer({ ...timeouts, maxHeaderSize: headerBytesMax }, onRequest);
  server.on("connection", (socket) => connections.admit(socket));
  await new Promise<void>((resolve, reject) => {
    // It stays: later, an error is about a connection that could not be accepted, and nobody's end but that one's.
    server.on("error", (cause) => reject(new PortError(variable, address, cause)));
    server.listen(address.port, address.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close(graceMs) {
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      clearTimeout(timer);
    },
  };
}
