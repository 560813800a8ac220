import type { Claim } from "../../ledger/movement.js";
import type { Call } from "../pipeline/call.js";
import { remoteAddressOf } from "../pipeline/remote-address.js";

/** Who asks for something, under which key, by which RPC: a call, or one movement of a call of many. */
export type Asking = Pick<
  Call,
  "caller" | "idempotencyKey" | "method" | "peer" | "requestId" | "traceparent"
> & { readonly concerns?: Call["concerns"] };

/** What is claimed: a key, for what is asked. */
export function claimOf(call: Asking, operationId: string, fingerprint: Buffer): Claim {
  return {
    caller: call.caller.id,
    forItself: call.caller.role === "holder",
    key: call.idempotencyKey,
    method: call.method,
    fingerprint,
    operationId,
    requestId: call.requestId,
    remoteAddress: remoteAddressOf(call.peer),
    traceparent: call.traceparent ?? "",
    batchId: null,
    queued: null,
  };
}
