import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import {
  type ConnectionOptions,
  type ListenerTls,
  superviseTls,
  tlsOptions,
  trackConnections,
} from "../tls/listener-tls.js";
import { answerBrokenRequests } from "./broken-request.js";
import type { Listener } from "./listener.js";
import { type Address, PortError, type PortVariable } from "./port-error.js";

const serverOptions = {
  // A client that is slow on purpose must not hold a connection for long.
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  // Node.js would take the first of two authorization headers, and another server on the way may have taken the last.
  joinDuplicateHeaders: true,
  // Whatever the environment says: requests that two servers may read in two ways are refused.
  insecureHTTPParser: false,
};

/** Serves HTTP/1.1 at an address, with TLS or in the clear. Rejects with `PortError` if the port cannot be had. */
export async function listenHttp(
  variable: PortVariable,
  address: Address,
  onRequest: RequestListener,
  { tls, refused }: ConnectionOptions,
): Promise<Listener> {
  const report = (problem: string, peer: string) => refused({ listener: "http", problem, peer });
  const server = tls === null ? createServer(serverOptions, onRequest) : serveTls(tls, onRequest, report);
  answerBrokenRequests(server, report);
  const connections = trackConnections(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(new PortError(variable, address, cause)));
    server.listen(address.port, address.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close(graceMs) {
      const timer = setTimeout(() => connections.destroyAll(), graceMs);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      clearTimeout(timer);
    },
  };
}

function serveTls(
  tls: ListenerTls,
  onRequest: RequestListener,
  report: (problem: string, peer: string) => void,
): Server {
  const server = createSecureServer({ ...serverOptions, ...tlsOptions(tls) }, onRequest);
  superviseTls(server, tls, report);
  return server;
}
