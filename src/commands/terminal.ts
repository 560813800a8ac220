import type { Readable, Writable } from "node:stream";

/** What a command has of the process it runs in. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input: Readable;
  /** For what was asked for, and nothing else. */
  readonly output: Writable;
  /** For people: progress and what was done. */
  readonly notices: Writable & { readonly isTTY?: boolean };
  /** Makes the first Ctrl-C or SIGTERM from now on a wish to stop; the second ends the process. */
  stopSignal(): AbortSignal;
}
