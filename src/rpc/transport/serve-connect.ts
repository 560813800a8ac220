import type { IncomingMessage, ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import { Code, ConnectError, createContextValues } from "@connectrpc/connect";
import type { UniversalHandler, UniversalServerRequest } from "@connectrpc/connect/protocol";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { Logger } from "pino";
import { peerOf } from "../tls/listener-tls.js";
import { bodyKey, certificateKey, goneKey, peerKey } from "./connect-context.js";
import { readHttpBody } from "./http-body.js";
import { emptyMessage, httpFraming } from "./http-framing.js";
import { respondJson } from "./respond-json.js";

/**
 * Serves one HTTP request with Connect's handler of an RPC. Connect's own adapter is not used, because it decodes
 * before anything else can happen, and ends the process when the Host header is not a valid one.
 */
export function serveConnect(
  handler: UniversalHandler,
  request: IncomingMessage,
  response: ServerResponse,
  log: Logger,
): void {
  // A GET would put the message into the logs of every proxy, and its answer into their caches.
  if (request.method !== "POST") {
    respondJson(response, 405, { message: "RPCs are called with POST" });
    return;
  }
  const universal = universalRequest(request, response);
  if (universal === undefined) {
    respondJson(response, 400, { message: "the Host header is not valid" });
    return;
  }
  answer(handler, universal, response).catch((error: unknown) => {
    // Aborted means that the caller went away, and there is nobody left to tell.
    const left = ConnectError.from(error).code === Code.Aborted;
    if (!left) log.error({ err: error, path: request.url }, "an HTTP answer failed");
    response.destroy();
  });
}

function universalRequest(
  request: IncomingMessage,
  response: ServerResponse,
): UniversalServerRequest | undefined {
  const { socket } = request;
  const values = createContextValues().set(peerKey, peerOf(socket));
  if (socket instanceof TLSSocket && socket.authorized) {
    values.set(certificateKey, () => socket.getPeerCertificate());
  }
  try {
    const universal = universalRequestFromNodeRequest(request, response, undefined, values);
    values.set(goneKey, universal.signal);
    return universal;
  } catch {
    return undefined;
  }
}

async function answer(
  handler: UniversalHandler,
  request: UniversalServerRequest,
  response: ServerResponse,
): Promise<void> {
  const answered = await handler(await withBodyAside(handler, request));
  if (answered.status === 415) respondJson(response, 415, { message: acceptedTypes(handler) });
  else await universalResponseToNodeResponse(answered, response);
}

// Connect says nothing with this status, and a caller who sends plain JSON to a stream would not guess why.
function acceptedTypes({ method: { name, methodKind } }: UniversalHandler): string {
  const prefix = methodKind === "unary" ? "application/" : "application/connect+";
  const kind = methodKind.replace("_", " ");
  return `${name} is ${kind}; it takes ${prefix}json, ${prefix}proto and application/grpc-web+proto`;
}

// Connect decodes the body before it calls the handler. It is given an empty message to decode, and the handler finds
// the real one in the context.
async function withBodyAside(
  handler: UniversalHandler,
  request: UniversalServerRequest,
): Promise<UniversalServerRequest> {
  const framing = httpFraming(request.header.get("content-type"));
  if (framing === undefined) return request;
  const header = new Headers(request.header);
  header.delete("content-length");
  const gzipped = header.get(framing.encodingHeader)?.toLowerCase() === "gzip";
  if (gzipped) header.delete(framing.encodingHeader);
  if (handler.method.methodKind === "unary" || handler.method.methodKind === "server_streaming") {
    const chunks = request.body as AsyncIterable<Uint8Array>;
    request.contextValues?.set(bodyKey, await readHttpBody(chunks, framing, gzipped));
  }
  // Connect refuses bidirectional streams on HTTP/1.1 before anybody is authenticated; the pipeline refuses them after.
  return { ...request, httpVersion: "2.0", header, body: emptyMessage(framing) };
}
