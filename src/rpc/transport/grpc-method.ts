import {
  Metadata,
  type MethodDefinition,
  type ServerDuplexStream,
  type ServerWritableStream,
  type sendUnaryData,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import type { IncomingCall } from "../pipeline/incoming-call.js";
import { type RequestBody, unreadBody } from "../pipeline/request-body.js";
import type { Rpc } from "../pipeline/rpc.js";
import { type Answer, type Pipeline, runCall } from "../pipeline/run-call.js";
import { runStream } from "../pipeline/run-stream.js";
import { compileEncoder, type EncodeMessage } from "./encode-message.js";
import { grpcStatus } from "./grpc-status.js";
import { bodyOf, readGrpcStream, sendGrpcStream } from "./grpc-stream.js";

/** An RPC as grpc-js mounts it. */
export interface GrpcMethod {
  /** Its path and kind. Messages stay bytes, because the pipeline decodes them itself. */
  readonly definition: MethodDefinition<Buffer, Buffer>;
  /** What grpc-js calls. */
  readonly handle: UntypedHandleCall;
}

/** The part of every kind of grpc-js call that is the same. */
interface AnyCall {
  metadata: Metadata;
  cancelled: boolean;
  getPeer(): string;
  getDeadline(): Date | number;
  sendMetadata(metadata: Metadata): void;
  once(event: "cancelled", listener: () => void): unknown;
  off(event: "cancelled", listener: () => void): unknown;
}

/** Mounts an RPC of any kind on the pipeline. */
export function grpcMethod(pipeline: Pipeline, rpc: Rpc): GrpcMethod {
  const { methodKind } = rpc.desc;
  const requestStream = methodKind === "client_streaming" || methodKind === "bidi_streaming";
  const responseStream = methodKind === "server_streaming" || methodKind === "bidi_streaming";
  const definition = {
    path: `/${rpc.name}`,
    requestStream,
    responseStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  return { definition, handle: handles[methodKind](pipeline, rpc, compileEncoder(rpc.desc.output)) };
}

const handles = {
  unary: unaryHandle,
  server_streaming: serverStreamHandle,
  client_streaming: clientStreamHandle,
  bidi_streaming: bidiStreamHandle,
};

const same = (bytes: Buffer): Buffer => bytes;

function unaryHandle(pipeline: Pipeline, rpc: Rpc, encode: EncodeMessage): UntypedHandleCall {
  return async (call: AnyCall & { request: Buffer }, callback: sendUnaryData<Buffer>) => {
    const incoming = incomingCall(call, bodyOf(call.request));
    respond(call, callback, await runCall(pipeline, rpc, incoming, encode));
  };
}

// No RPC of this kind has a handler yet: the pipeline authenticates, applies the policy, and answers UNIMPLEMENTED.
function clientStreamHandle(pipeline: Pipeline, rpc: Rpc, encode: EncodeMessage): UntypedHandleCall {
  return async (call: AnyCall, callback: sendUnaryData<Buffer>) => {
    respond(call, callback, await runCall(pipeline, rpc, incomingCall(call, unreadBody), encode));
  };
}

function serverStreamHandle(pipeline: Pipeline, rpc: Rpc, encode: EncodeMessage): UntypedHandleCall {
  return async (call: ServerWritableStream<Buffer, Buffer>) => {
    const incoming = incomingCall(call, bodyOf(call.request));
    await sendGrpcStream(call, runStream(pipeline, rpc, incoming, encode));
  };
}

function bidiStreamHandle(pipeline: Pipeline, rpc: Rpc, encode: EncodeMessage): UntypedHandleCall {
  return async (call: ServerDuplexStream<Buffer, Buffer>) => {
    const incoming = { ...incomingCall(call, unreadBody), bodies: readGrpcStream(call) };
    await sendGrpcStream(call, runStream(pipeline, rpc, incoming, encode));
  };
}

function incomingCall(call: AnyCall, body: RequestBody): IncomingCall {
  const { metadata } = call;
  const deadline = Number(call.getDeadline());
  return {
    header: (name) => headerOf(metadata, name),
    body,
    peer: call.getPeer(),
    deadlineMs: Number.isFinite(deadline) ? deadline : undefined,
    onGone: (listener) => onCancelled(call, listener),
  };
}

function onCancelled(call: AnyCall, listener: () => void): () => void {
  if (call.cancelled) listener();
  call.once("cancelled", listener);
  return () => call.off("cancelled", listener);
}

function headerOf(metadata: Metadata, name: string): string | undefined {
  const values = metadata.get(name);
  return values.length === 0 ? undefined : values.join(", ");
}

function respond(call: AnyCall, callback: sendUnaryData<Buffer>, answer: Answer<Buffer>): void {
  const metadata = responseMetadata(answer);
  if (answer.error !== undefined) {
    callback(grpcStatus(answer.error, metadata));
    return;
  }
  call.sendMetadata(metadata);
  callback(null, answer.value);
}

function responseMetadata({ requestId, replayed }: Answer<Buffer>): Metadata {
  const metadata = new Metadata();
  metadata.set("x-request-id", requestId);
  if (replayed) metadata.set("idempotency-replayed", "true");
  return metadata;
}
