import type { KeyOutcome, KeyRecord } from "../db/keys.js";
import type { Bulk, BulkPlan, BulkRefusal } from "../ledger/bulk.js";
import type { Plan } from "../ledger/plan.js";
import type { Reason } from "../ledger/reason.js";
import { WalletError } from "../ledger/wallet-error.js";
import { assertSameRequest, type MovementResult, refusalOf, refusedOutcome, resultOf } from "./outcome.js";

/** What became of one command that was asked for with others. */
export type ItemOutcome =
  | {
      readonly kind: "posted";
      /** Empty when it was only validated. */
      readonly transactionId: string;
      /** Null on a replay of a whole bulk, which keeps the ids alone. */
      readonly result: MovementResult | null;
      readonly replayed: boolean;
    }
  | { readonly kind: "refused"; readonly error: WalletError }
  /** Nothing was done, because another one was refused for this reason. */
  | { readonly kind: "not_applied"; readonly reason: Reason };

/** What a bulk came to. */
export interface BulkResult {
  readonly batchId: string;
  /** One for each command, in order. */
  readonly items: readonly ItemOutcome[];
  /** Whether it had been decided before, under the same idempotency key. */
  readonly replayed: boolean;
}

/** What the key of an atomic bulk keeps when it was done. */
interface KeptBulk {
  readonly id: string;
  /** One for each command, in order. */
  readonly transactionIds: readonly string[];
}

/** The figure that tells, with the error of a bulk, which of its commands was refused. */
const placeKey = "item";

export function bulkResultOf({ bulk, plans, refusal }: BulkPlan, replayed: boolean): BulkResult {
  const batchId = bulk.claim.operationId;
  if (refusal !== null) return { batchId, items: refusedItems(bulk, refusal, replayed), replayed };
  return { batchId, items: plans.map((plan) => itemOf(plan, bulk.validateOnly, replayed)), replayed };
}

/** What the key of an atomic bulk keeps: the transactions it made, or the refusal and whose it was. */
export function bulkOutcomeOf({ bulk, plans, refusal }: BulkPlan): KeyOutcome {
  const { claim, commands } = bulk;
  if (refusal !== null) return refusedOutcome(claim, namingPlace(refusal));
  const transactionIds = plans.map((_, index) => commands[index]?.claim.operationId ?? "");
  const kept: KeptBulk = { id: claim.operationId, transactionIds };
  return { requestId: claim.requestId, result: kept };
}

/** The outcome that the key of an atomic bulk had before, for a call with the same key. */
export function replayBulk(bulk: Bulk, record: KeyRecord): BulkResult {
  assertSameRequest(bulk.claim, record);
  const { outcome, operationId: batchId } = record;
  if (outcome === null) throw new Error(`key ${record.key} points at no bulk`);
  if ("refused" in outcome) {
    return { batchId, items: refusedItems(bulk, refusalFrom(outcome.refused), true), replayed: true };
  }
  const { transactionIds } = outcome.result as KeptBulk;
  const items = transactionIds.map(
    (transactionId) => ({ kind: "posted", transactionId, result: null, replayed: true }) as const,
  );
  return { batchId, items, replayed: true };
}

/** Why a bulk cannot be done with a key that something else was done under. It leaves the bulk's own key free. */
export function itemKeyUsed(index: number, { key, method }: KeyRecord): BulkRefusal {
  const error = new WalletError(
    "IDEMPOTENCY_KEY_REUSED",
    `Idempotency key ${key} was used before, for ${method}. A movement that stands or falls with others takes a new key.`,
    { metadata: { idempotency_key: key, first_method: method } },
  );
  return { index, error };
}

function itemOf(plan: Plan, validateOnly: boolean, replayed: boolean): ItemOutcome {
  if (plan.kind === "refused") {
    const { reason, message, metadata } = refusalOf(plan);
    return { kind: "refused", error: new WalletError(reason, message, { metadata: { ...metadata } }) };
  }
  const result = resultOf(plan, validateOnly);
  return { kind: "posted", transactionId: result.transaction?.id ?? "", result, replayed };
}

function refusedItems({ commands }: Bulk, { index, error }: BulkRefusal, replayed: boolean): ItemOutcome[] {
  const { reason, message } = error;
  const refused = new WalletError(reason, message, { metadata: { ...error.metadata } }, replayed);
  return commands.map((_, at) =>
    at === index ? { kind: "refused", error: refused } : { kind: "not_applied", reason },
  );
}

/** A refusal of the whole, with the place of the command that it is about. */
function namingPlace({ index, error }: BulkRefusal): WalletError {
  const metadata = { ...error.metadata, [placeKey]: `${index}` };
  return new WalletError(error.reason, `items[${index}]: ${error.message}`, { metadata });
}

function refusalFrom(refused: {
  reason: string;
  message: string;
  metadata: Record<string, string>;
}): BulkRefusal {
  const { [placeKey]: place, ...metadata } = refused.metadata;
  const error = new WalletError(refused.reason as Reason, refused.message, { metadata });
  return { index: Number(place), error };
}
