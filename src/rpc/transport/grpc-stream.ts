import { Metadata, type ServerDuplexStream, type ServerWritableStream } from "@grpc/grpc-js";
import type { RequestBody } from "../pipeline/request-body.js";
import type { StreamAnswer } from "../pipeline/run-stream.js";
import { grpcStatus } from "./grpc-status.js";

/** The sending side of a call. */
type Sending = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

/**
 * Sends a stream of messages, and then how it ended. The next message is asked for when the caller has taken enough of
 * those before, so that a slow reader costs 16 messages of memory and no more.
 */
export async function sendGrpcStream(call: Sending, answer: StreamAnswer<Buffer>): Promise<void> {
  const metadata = new Metadata();
  metadata.set("x-request-id", answer.requestId);
  let begun = false;
  for await (const bytes of answer.messages) {
    if (!begun) call.sendMetadata(metadata);
    begun = true;
    if (!call.write(bytes)) await untilWritable(call);
  }
  if (answer.error !== undefined) {
    call.emit("error", grpcStatus(answer.error, metadata));
    return;
  }
  if (!begun) call.sendMetadata(metadata);
  call.end();
}

/** The messages of the client, read as they are asked for. Whoever stops reading can still send. */
export async function* readGrpcStream(call: ServerDuplexStream<Buffer, Buffer>): AsyncIterable<RequestBody> {
  for await (const bytes of call.iterator({ destroyOnReturn: false })) yield bodyOf(bytes);
}

/** A message as grpc-js hands it over. */
export function bodyOf(bytes: Buffer): RequestBody {
  return { format: "binary", bytes, size: bytes.length };
}

// What is written after the caller has left is never written, and nothing drains.
function untilWritable(call: Sending): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      call.off("drain", settle).off("close", settle);
      resolve();
    };
    call.once("drain", settle).once("close", settle);
    if (call.destroyed) settle();
  });
}
