import { newId } from "../../engine/new-id.js";
import type { JobSpec } from "../../gen/wallet/v1/job_pb.js";
import type { JobOrder } from "../../ledger/job.js";
import type { Check } from "./check.js";
import { checkJobKind, decodePairs } from "./text.js";

/** The job that a spend asks for, under an id made here; null when it asks for none. */
export function decodeJobSpec(check: Check, spec: JobSpec | undefined): JobOrder | null {
  if (spec === undefined) return null;
  checkJobKind(check, "job.kind", spec.kind);
  return { id: newId(), kind: spec.kind, payload: decodePairs(check, "job.payload", spec.payload) };
}
