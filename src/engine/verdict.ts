import type { KeyRecord } from "../db/keys.js";
import type { BulkPlan } from "../ledger/bulk.js";
import type { Plan } from "../ledger/plan.js";

/** What a batch decided for one of its submissions. */
export type Verdict =
  | { readonly kind: "planned"; readonly plan: Plan | BulkPlan }
  /** The key was taken before; the record says by what. */
  | { readonly kind: "taken"; readonly record: KeyRecord }
  /** An operation before it is still pending, or another process is applying it; nothing of it is left in this batch. */
  | { readonly kind: "behind" }
  /** Another transaction holds these wallets; nothing of the submission is left in this one. */
  | { readonly kind: "deferred"; readonly blockedOn: ReadonlySet<string> };
