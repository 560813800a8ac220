/** One message of PostgreSQL's protocol from a client. */
export interface FrontendMessage {
  readonly bytes: Buffer;
  /** Whether it is the statement `commit`. */
  readonly isCommit: boolean;
}

const commit = Buffer.from("Q\0\0\0\x0bcommit\0", "latin1");

/** Cuts a client's stream of bytes into messages, however the network has cut it. */
export class FrontendMessages {
  #rest: Buffer = Buffer.alloc(0);
  #started = false;

  read(bytes: Buffer): FrontendMessage[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const messages: FrontendMessage[] = [];
    for (let length = this.#nextLength(); length !== null; length = this.#nextLength()) {
      const message = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      this.#started = true;
      messages.push({ bytes: message, isCommit: message.equals(commit) });
    }
    return messages;
  }

  /** The length of the next message if all of it is there. Only the very first has no type byte before its length. */
  #nextLength(): number | null {
    const typeBytes = this.#started ? 1 : 0;
    if (this.#rest.length < typeBytes + 4) return null;
    const length = typeBytes + this.#rest.readInt32BE(typeBytes);
    return this.#rest.length < length ? null : length;
  }
}
