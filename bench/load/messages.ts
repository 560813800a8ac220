import { prefixBytes } from "./frames.js";

/** Takes gRPC messages out of what arrives, however it was cut into chunks. */
export class Messages {
  #rest: Buffer = Buffer.alloc(0);

  /** The messages that are complete with this chunk, in order. */
  take(chunk: Buffer): Buffer[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: Buffer[] = [];
    let at = 0;
    while (bytes.length >= at + prefixBytes) {
      const end = at + prefixBytes + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      messages.push(bytes.subarray(at + prefixBytes, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
    return messages;
  }
}
