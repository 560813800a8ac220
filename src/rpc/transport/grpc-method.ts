import type { PeerCertificate } from "node:tls";
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
  getAuthContext(): { sslPeerCertificate?: PeerCertificate } | null;
  sendMetadata(metadata: Metadata): void;
  once(event: "cancelled", listener: () => void): unknown;
  off(event: "cancelled", listener: () => void): unknown;
}

/** What the pipeline is told of a call and its message. */
type ToIncoming = (call: AnyCall, body: RequestBody) => IncomingCall;

/** Mounts an RPC of any kind on the pipeline. With certificates its callers may be known by them. */
export function grpcMethod(pipeline: Pipeline, rpc: Rpc, withCertificates: boolean): GrpcMethod {
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
  const toIncoming = withCertificates ? certifiedCall : incomingCall;
  const encode = compileEncoder(rpc.desc.output);
  return { definition, handle: handles[methodKind]({ pipeline, rpc, encode, toIncoming }) };
}

const handles = {
  unary: unaryHandle,
  server_streaming: serverStreamHandle,
  client_streaming: clientStreamHandle,
  bidi_streaming: bidiStreamHandle,
};

const same = (bytes: Buffer): Buffer => bytes;

/** What the calls of one RPC have in common. */
interface Mounted {
  readonly pipeline: Pipeline;
  readonly rpc: Rpc;
  readonly encode: EncodeMessage;
  readonly toIncoming: ToIncoming;
}

function unaryHandle({ pipeline, rpc, encode, toIncoming }: Mounted): UntypedHandleCall {
  return async (call: AnyCall & { request: Buffer }, callback: sendUnaryData<Buffer>) => {
    const incoming = toIncoming(call, bodyOf(call.request));
    respond(call, callback, await runCall(pipeline, rpc, incoming, encode));
  };
}

// No RPC of this kind has a handler yet: the pipeline authenticates, applies the policy, and answers UNIMPLEMENTED.
function clientStreamHandle({ pipeline, rpc, encode, toIncoming }: Mounted): UntypedHandleCall {
  return async (call: AnyCall, callback: sendUnaryData<Buffer>) => {
    respond(call, callback, await runCall(pipeline, rpc, toIncoming(call, unreadBody), encode));
  };
}

function serverStreamHandle({ pipeline, rpc, encode, toIncoming }: Mounted): UntypedHandleCall {
  return async (call: ServerWritableStream<Buffer, Buffer>) => {
    const incoming = toIncoming(call, bodyOf(call.request));
    await sendGrpcStream(call, runStream(pipeline, rpc, incoming, encode));
  };
}

function bidiStreamHandle({ pipeline, rpc, encode, toIncoming }: Mounted): UntypedHandleCall {
  return async (call: ServerDuplexStream<Buffer, Buffer>) => {
    const incoming = { ...toIncoming(call, unreadBody), bodies: readGrpcStream(call) };
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

function certifiedCall(call: AnyCall, body: RequestBody): IncomingCall {
  return { ...incomingCall(call, body), certificate: () => call.getAuthContext()?.sslPeerCertificate };
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
