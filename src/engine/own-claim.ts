import type { Claim } from "../ledger/movement.js";

/** What differs between the things that the service does by itself. */
export type OwnClaim = Pick<Claim, "caller" | "key" | "method" | "fingerprint" | "operationId" | "requestId">;

/** The claim of something that nobody called for: it comes from no address, and belongs to no trace and no batch. */
export function ownClaim(own: OwnClaim): Claim {
  return { ...own, remoteAddress: "", traceparent: "", forItself: false, batchId: null, queued: null };
}
