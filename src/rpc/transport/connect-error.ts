import { type Code, ConnectError } from "@connectrpc/connect";
import type { CallError } from "../pipeline/call-error.js";

/** An error as Connect sends it, in any of its protocols. */
export function connectError({ code, message, details }: CallError): ConnectError {
  // The two enumerations have the same numbers.
  return new ConnectError(message, code as number as Code, undefined, [...details]);
}
