/** A request message as it arrived. The pipeline decodes it, after it knows who is calling. */
export interface RequestBody {
  /** How the message is encoded. */
  readonly format: "binary" | "json";
  /** The message, decompressed and without its envelope; may be cut or empty if `size` is over the limit. */
  readonly bytes: Uint8Array;
  /** How many bytes the message has, or at least has. */
  readonly size: number;
  /** Why the message could not even be taken out of its envelope; unset if it could. */
  readonly problem?: string;
}

/** The largest message that any RPC accepts, in bytes. */
export const requestBytesMax = 4_194_304;

/** The largest message that a listener reads, so that one over the limit can be refused with its reason. */
export const transportBytesMax = 16_777_216;

/** The body of a call that is answered without looking at it. */
export const unreadBody: RequestBody = { format: "binary", bytes: new Uint8Array(0), size: 0 };
