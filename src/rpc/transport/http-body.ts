import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type RequestBody, requestBytesMax } from "../pipeline/request-body.js";
import type { HttpFraming } from "./http-framing.js";

const envelopeBytes = 5;
const compressedFlag = 1;
const gunzipBytes = promisify(gunzip);

/** Reads a unary request to its end: out of its envelope, decompressed, and keeping no more than the limit in memory. */
export async function readHttpBody(
  chunks: AsyncIterable<Uint8Array>,
  framing: HttpFraming,
  gzipped: boolean,
): Promise<RequestBody> {
  const { format, enveloped } = framing;
  const { bytes, size } = await collect(chunks, requestBytesMax + envelopeBytes);
  const messageSize = enveloped ? size - envelopeBytes : size;
  if (messageSize > requestBytesMax) return { format, bytes: new Uint8Array(0), size: messageSize };
  if (!enveloped) return gzipped ? decompress(format, bytes) : { format, bytes, size };

  if (messageSize < 0 || bytes.readUInt32BE(1) !== messageSize) {
    return broken(format, "its envelope does not hold exactly one message");
  }
  const message = bytes.subarray(envelopeBytes);
  const flags = bytes[0];
  if (flags === 0) return { format, bytes: message, size: messageSize };
  if (flags === compressedFlag && gzipped) return decompress(format, message);
  return broken(format, "its envelope has flags that are not accepted here");
}

// Stopping early would end the connection before the caller has read why, so what is over the limit is read and
// dropped. The server's request timeout bounds how long that can take.
async function collect(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<{ bytes: Buffer; size: number }> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size <= bytesMax) kept.push(chunk);
    else kept.length = 0;
  }
  return { bytes: Buffer.concat(kept), size };
}

async function decompress(format: RequestBody["format"], compressed: Uint8Array): Promise<RequestBody> {
  try {
    const bytes = await gunzipBytes(compressed, { maxOutputLength: requestBytesMax });
    return { format, bytes, size: bytes.length };
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    return tooLarge
      ? { format, bytes: new Uint8Array(0), size: requestBytesMax + 1 }
      : broken(format, "it cannot be decompressed with gzip");
  }
}

function broken(format: RequestBody["format"], problem: string): RequestBody {
  return { format, bytes: new Uint8Array(0), size: 0, problem };
}
