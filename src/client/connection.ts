import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";

/** Native gRPC over HTTP/2 (port 50051), or Connect over HTTP/1.1 (port 8080), which carries no streams from the client. */
export type Protocol = "grpc" | "connect";

/** What a client trusts and proves itself with, as PEM. Only for addresses that begin with `https:`. */
export interface ClientTls {
  /** The authorities that the service's certificate may come from. Unset: those that Node.js knows. */
  readonly ca?: string;
  /** The client's own certificate, with those between it and its authority, where the service asks for one. */
  readonly cert?: string;
  /** The private key of `cert`. */
  readonly key?: string;
}

/** A transport and the connections below it. */
export interface Connection {
  readonly transport: Transport;
  /** Closes the connections; what is still under way on them fails. */
  close(): void;
}

// A connection that died silently is noticed by a ping without an answer, so that a later attempt gets a new one.
const pings = { pingIntervalMs: 10_000, pingTimeoutMs: 5_000 };

/** Prepares connections to the service. They are opened by the first call. */
export function openConnection(baseUrl: string, protocol: Protocol, tls: ClientTls): Connection {
  return protocol === "grpc" ? overHttp2(baseUrl, tls) : overHttp1(baseUrl, tls);
}

function overHttp2(baseUrl: string, tls: ClientTls): Connection {
  const sessionManager = new Http2SessionManager(baseUrl, pings, tls);
  return {
    transport: createGrpcTransport({ baseUrl, sessionManager }),
    close: () => sessionManager.abort(),
  };
}

function overHttp1(baseUrl: string, tls: ClientTls): Connection {
  const isSecure = new URL(baseUrl).protocol === "https:";
  const agent = isSecure ? new HttpsAgent({ keepAlive: true, ...tls }) : new HttpAgent({ keepAlive: true });
  return {
    transport: createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { agent } }),
    close: () => agent.destroy(),
  };
}
