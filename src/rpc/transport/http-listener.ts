import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Listener } from "./listener.js";
import { type Address, PortError, type PortVariable } from "./port-error.js";

// A client that is slow on purpose must not hold a connection for long.
const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 };
const headerBytesMax = 16_384;

/** Serves HTTP/1.1 at an address. Rejects with `PortError` if the port cannot be had. */
export async function listenHttp(
  variable: PortVariable,
  address: Address,
  onRequest: RequestListener,
): Promise<Listener> {
  const server = createServer({ ...timeouts, maxHeaderSize: headerBytesMax }, onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(new PortError(variable, address, cause)));
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
