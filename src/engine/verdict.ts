import type { KeyRecord } from "../db/keys.js";
import type { BulkPlan } from "../ledger/bulk.js";
import type { Plan } from "../ledger/plan.js";

/** What a batch decided for one of its submissions. */
export type Verdict =
  | { readonly kind: "planned"; readonly plan: Plan | BulkPlan }
  /** The key was taken before; the record says by what. */
  | { readonly kind: "taken"; readonly record: KeyRecord }
  /** An operation that was accepted before it is still pending; nothing of the submission is left in this one. */
  | { readonly kind: "behind" }
  /** Another transaction holds these wallets; nothing of the submission is left in this one. */
  | { readonly kind: "deferred"; readonly blockedOn: ReadonlySet<string> };
