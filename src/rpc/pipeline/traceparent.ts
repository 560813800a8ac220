// version - trace id - parent id - flags; version ff and all-zero ids are invalid by the W3C's rules.
const shape = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The trace context if it is valid, otherwise undefined: a broken trace must not break a call. */
export function parseTraceparent(header: string | undefined): string | undefined {
  return header !== undefined && shape.test(header) ? header : undefined;
}

/** The trace id within a valid trace context. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}
