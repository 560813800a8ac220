import { type ClientHttp2Session, type ClientHttp2Stream, connect, sensitiveHeaders } from "node:http2";

/** How one call ended: the gRPC status code, and what it says if that is not 0. */
export interface Reply {
  readonly code: number;
  readonly message: string;
  /** The `google.rpc.Status` of a failure as it came, in base64; empty where there is none. */
  readonly details: string;
}

/**
 * A gRPC client that does no more than it must, so that the load costs the server's machine little: it sends frames that
 * were encoded before, and reads nothing of the answer but its status.
 */
export class Connection {
  readonly #session: ClientHttp2Session;
  readonly #token: string;

  constructor(port: number, token: string) {
    this.#session = connect(`http://127.0.0.1:${port}`);
    // Every stream in flight fails as well, and tells its caller.
    this.#session.on("error", () => {});
    this.#token = token;
  }

  /** @param key the idempotency key; a read has none. */
  async call(path: string, frame: Buffer, key?: string): Promise<Reply> {
    const stream = this.open(path, key);
    stream.resume();
    stream.end(frame);
    return replyOf(stream);
  }

  /** Opens a stream whose frames are sent and read by whoever opens it. */
  open(path: string, key?: string): ClientHttp2Stream {
    return this.#session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      authorization: `Bearer ${this.#token}`,
      ...(key !== undefined && { "idempotency-key": key }),
      [sensitiveHeaders]: ["idempotency-key"],
    });
  }

  close(): void {
    if (!this.#session.closed) this.#session.close();
  }
}

/** How a stream ends. Somebody has to read it, or it never does. */
export function replyOf(stream: ClientHttp2Stream): Promise<Reply> {
  return new Promise((resolve) => {
    let reply: Reply = { code: -1, message: "the stream ended without a status", details: "" };
    const read = (headers: Record<string, unknown>): void => {
      if (headers["grpc-status"] === undefined) return;
      reply = {
        code: Number(headers["grpc-status"]),
        message: decodeURIComponent(`${headers["grpc-message"] ?? ""}`),
        details: `${headers["grpc-status-details-bin"] ?? ""}`,
      };
    };
    stream.on("response", read);
    stream.on("trailers", read);
    stream.on("error", ({ message }) => {
      reply = { code: -1, message, details: "" };
    });
    stream.on("close", () => resolve(reply));
  });
}
