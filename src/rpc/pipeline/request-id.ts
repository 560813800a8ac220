import { randomUUID } from "node:crypto";

const visibleAscii = /^[\x21-\x7e]{1,128}$/;

/** The caller's request id if it is 1 to 128 visible ASCII characters, otherwise a new one. */
export function requestIdOf(header: string | undefined): string {
  return header !== undefined && visibleAscii.test(header) ? header : randomUUID();
}
