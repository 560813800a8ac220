import type { Claim } from "../../ledger/movement.js";
import type { Call } from "../pipeline/call.js";

/** Who asks for something, under which key, by which RPC: a call, or one movement of a call of many. */
export type Asking = Pick<Call, "caller" | "idempotencyKey" | "method" | "requestId" | "traceparent">;

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
    traceparent: call.traceparent ?? "",
    batchId: null,
    queued: null,
  };
}
