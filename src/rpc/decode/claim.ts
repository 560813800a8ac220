import type { Claim } from "../../ledger/movement.js";
import type { Call } from "../pipeline/call.js";

/** What a call claims: its key, for what it asks. */
export function claimOf(call: Call, operationId: string, fingerprint: Buffer): Claim {
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
  };
}
