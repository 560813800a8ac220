import type { Socket } from "node:net";
import type { SecureContextOptions, Server, TlsOptions } from "node:tls";
import type { Watched } from "../access/watch-files.js";
import type { Certificates } from "./certificates.js";

/** How the listeners of calls speak TLS. */
export interface ListenerTls {
  readonly certificates: Watched<Certificates>;
  /** Whether callers must have a certificate of an authority that is accepted. */
  readonly mutual: boolean;
}

// A client that is slow on purpose must not hold a connection for long.
const handshakeTimeout = 10_000;

/** The options of a server that speaks TLS with the certificates as they are now. */
export function tlsOptions({ certificates, mutual }: ListenerTls): TlsOptions {
  return {
    ...contextOf(certificates.current),
    requestCert: mutual,
    rejectUnauthorized: mutual,
    handshakeTimeout,
  };
}

/** Gives a server the certificates of every later moment, and reports the handshakes that fail. */
export function superviseTls(
  server: Server,
  { certificates }: ListenerTls,
  refused: (problem: string, peer: string) => void,
): void {
  // Connections that are open stay as they are. Tickets of earlier sessions end, so that callers are verified anew.
  certificates.onChange((changed) => server.setSecureContext(contextOf(changed)));
  server.on("tlsClientError", (error, socket) => {
    // A certificate that is not accepted ends the connection without an error of its own.
    const unauthorized: unknown = socket.authorizationError;
    const problem = unauthorized ?? (error as NodeJS.ErrnoException).code ?? "UNKNOWN";
    // By now Node.js may have forgotten who was at the other end; the socket below knows.
    const { _parent: below = socket } = socket as { _parent?: Socket };
    refused(String(problem), peerOf(below));
  });
}

/** The address of the other end of a socket. */
export function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}

function contextOf({ cert, key, ca }: Certificates): SecureContextOptions {
  return { cert, key, ca, minVersion: "TLSv1.2" };
}
