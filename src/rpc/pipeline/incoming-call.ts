import type { PeerCertificate } from "node:tls";
import type { RequestBody } from "./request-body.js";

/** A call as its listener received it. */
export interface IncomingCall {
  /** A request header in lower case; several values are joined by ", ". */
  header(name: string): string | undefined;
  /** The message, not decoded yet. */
  readonly body: RequestBody;
  /** The address of the other end of the connection. */
  readonly peer: string;
  /** The certificate of the other end, verified; left out where callers have none. */
  readonly certificate?: () => PeerCertificate | undefined;
  /** When the caller stops waiting, in epoch milliseconds. */
  readonly deadlineMs: number | undefined;
  /** Calls back once the caller has gone away, or at once if it has. Returns how to call it off. */
  onGone(listener: () => void): () => void;
  /** Set if this listener cannot serve the RPC: where it is served instead. */
  readonly servedElsewhere?: string;
}

/** A call whose answer is a stream. */
export interface IncomingStream extends IncomingCall {
  /** The messages of a client that streams too, read one by one as they are asked for; undefined if it sends one. */
  readonly bodies?: AsyncIterable<RequestBody>;
}
