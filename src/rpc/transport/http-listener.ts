import {
  createServer,
  type ServerOptions as HttpServerOptions,
  type RequestListener,
  type Server,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type ListenerTls, superviseTls, tlsOptions } from "../tls/listener-tls.js";
import { answerBrokenRequests } from "./broken-request.js";
import type { ConnectionOptions } from "./connection-options.js";
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

/** How an HTTP listener takes connections. */
export interface HttpOptions extends ConnectionOptions {
  /** Unset: the usual ones. */
  readonly timeouts?: HttpTimeouts | undefined;
}

/** A client that is slow on purpose must not hold a connection for long. */
const usualTimeouts: HttpTimeouts = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
};

const readingOptions = {
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
  { tls, connections, refused, timeouts = usualTimeouts }: HttpOptions,
): Promise<Listener> {
  const report = (problem: string, peer: string) => refused({ listener: "http", problem, peer });
  const options = { ...timeouts, ...readingOptions };
  const server =
    tls === null ? createServer(options, onRequest) : serveTls(tls, options, { onRequest, report });
  answerBrokenRequests(server, report);
  connections.guard(server);
  await new Promise<void>((resolve, reject) => {
    // It stays: later, an error is about a connection that could not be accepted, and nobody's end but that one's.
    server.on("error", (cause) => reject(new PortError(variable, address, cause)));
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
  options: HttpServerOptions,
  { onRequest, report }: { onRequest: RequestListener; report: (problem: string, peer: string) => void },
): Server {
  const server = createSecureServer({ ...options, ...tlsOptions(tls) }, onRequest);
  superviseTls(server, tls, report);
  return server;
}
