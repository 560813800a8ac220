import {
  create,
  type DescMethodBiDiStreaming,
  type DescMethodClientStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type Message,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { type ConnectRouter, createConnectRouter, type HandlerContext } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { compressionGzip } from "@connectrpc/connect-node";
import type { IncomingCall } from "../pipeline/incoming-call.js";
import { requestBytesMax } from "../pipeline/request-body.js";
import type { Rpc } from "../pipeline/rpc.js";
import { type Encode, type Pipeline, runCall } from "../pipeline/run-call.js";
import { runStream } from "../pipeline/run-stream.js";
import { bodyKey, certificateKey, goneKey, peerKey } from "./connect-context.js";
import { connectError } from "./connect-error.js";

/**
 * Connect's handler of every RPC, by path, for the Connect and gRPC-Web protocols. Connect frames and encodes; the
 * request itself comes undecoded, by the context, so that the pipeline refuses a broken one like any other listener.
 */
export function connectRpcs(pipeline: Pipeline, rpcs: readonly Rpc[]): ReadonlyMap<string, UniversalHandler> {
  const router = createConnectRouter({
    grpc: false,
    acceptCompression: [compressionGzip],
    readMaxBytes: requestBytesMax,
    // A balance of zero is worth reading: without this, JSON leaves out whatever is zero or empty.
    jsonOptions: { alwaysEmitImplicit: true },
  });
  for (const rpc of rpcs) mount(router, pipeline, rpc);
  return new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
}

function mount(router: ConnectRouter, pipeline: Pipeline, rpc: Rpc): void {
  const run = (context: HandlerContext) => answer(pipeline, rpc, context);
  switch (rpc.desc.methodKind) {
    case "unary":
      router.rpc(rpc.desc as DescMethodUnary, async (_, context) => run(context));
      return;
    case "client_streaming":
      router.rpc(rpc.desc as DescMethodClientStreaming, async (_, context) => run(context));
      return;
    case "server_streaming":
      router.rpc(rpc.desc as DescMethodServerStreaming, (_, context) => stream(pipeline, rpc, context));
      return;
    case "bidi_streaming":
      router.rpc(rpc.desc as DescMethodBiDiStreaming, async function* (_, context) {
        yield await run(context);
      });
      return;
  }
}

async function answer(pipeline: Pipeline, rpc: Rpc, context: HandlerContext): Promise<Message> {
  const { requestId, replayed, error, value } = await runCall(
    pipeline,
    rpc,
    incomingCall(rpc, context),
    encoderOf(rpc),
  );
  context.responseHeader.set("x-request-id", requestId);
  if (replayed) context.responseHeader.set("idempotency-replayed", "true");
  if (error !== undefined) throw connectError(error);
  return value as Message;
}

// Connect asks for the next message when the socket has room for it.
async function* stream(pipeline: Pipeline, rpc: Rpc, context: HandlerContext): AsyncIterable<Message> {
  const answer = runStream(pipeline, rpc, incomingCall(rpc, context), encoderOf(rpc));
  context.responseHeader.set("x-request-id", answer.requestId);
  yield* answer.messages;
  if (answer.error !== undefined) throw connectError(answer.error);
}

function incomingCall({ desc }: Rpc, { requestHeader, values, timeoutMs }: HandlerContext): IncomingCall {
  const remainingMs = timeoutMs();
  const certificate = values.get(certificateKey);
  const fromClient = desc.methodKind === "client_streaming" || desc.methodKind === "bidi_streaming";
  return {
    header: (name) => requestHeader.get(name) ?? undefined,
    body: values.get(bodyKey),
    peer: values.get(peerKey),
    ...(certificate !== undefined && { certificate }),
    deadlineMs: remainingMs === undefined ? undefined : Date.now() + remainingMs,
    onGone: (listener) => onAbort(values.get(goneKey), listener),
    ...(fromClient && { servedElsewhere: "streams from the client are served on the gRPC port only" }),
  };
}

function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) listener();
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

// Connect serializes the message afterwards, in whichever format the caller asked for.
function encoderOf({ desc }: Rpc): Encode<Message> {
  return (response) => create(desc.output, response as MessageInitShape<typeof desc.output>);
}
