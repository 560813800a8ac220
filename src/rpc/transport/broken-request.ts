import { type Server, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { peerOf } from "../tls/listener-tls.js";

/** The status of a request that could not be read, where it is not simply a bad one. */
const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers requests that are no HTTP, or that two servers could read in two ways, and reports them. */
export function answerBrokenRequests(server: Server, report: (problem: string, peer: string) => void): void {
  server.on("clientError", (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    const problem = error.code ?? "UNKNOWN";
    // What else breaks a connection is told by TLS, or was no attempt to get in.
    const isHttp = /^(?:HPE|ERR_HTTP)_/.test(problem);
    if (isHttp) report(problem, peerOf(socket));
    // In the middle of another answer a status line would be taken for a part of it.
    if (isHttp && socket.writable && socket.bytesWritten === 0) respond(socket, statuses[problem] ?? 400);
    else socket.destroy();
  });
}

function respond(socket: Socket, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\n\r\n`);
}
