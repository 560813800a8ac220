import type { KeyOutcome, KeyRecord } from "../db/keys.js";
import type { Pool } from "../db/pool.js";
import { findTransactions, type TransactionRecord } from "../db/transactions.js";
import type { Hold } from "../ledger/hold.js";
import type { Job } from "../ledger/job.js";
import type { Claim } from "../ledger/movement.js";
import {
  type Accepted,
  type AcceptedOperation,
  balancesAfter,
  type Plan,
  type Refused,
} from "../ledger/plan.js";
import type { Reason } from "../ledger/reason.js";
import type { RefundTotal } from "../ledger/refund-total.js";
import type { Posting, Transaction } from "../ledger/transaction.js";
import type { Balance } from "../ledger/wallet.js";
import { WalletError } from "../ledger/wallet-error.js";
import { fromSnapshot, toSnapshot } from "./snapshot.js";

/** What came of a movement besides its transaction, as it was right after it. */
interface Consequences {
  readonly hold: Hold | null;
  readonly refundTotal: RefundTotal | null;
  readonly job: Job | null;
  readonly operation: AcceptedOperation | null;
}

/** What a movement came to. */
export interface MovementResult extends Consequences {
  /** Null when no value moved, as with a hold. */
  readonly transaction: Transaction | null;
  readonly postings: readonly Posting[];
  /** The balance of each wallet right after it; of a simple movement source, then destination. */
  readonly balances: readonly Balance[];
  /** Whether it had been done before, under the same idempotency key. */
  readonly replayed: boolean;
}

/** The answer to a command: what it came to, or its refusal, thrown. */
export function answerOf(plan: Plan, replayed: boolean): MovementResult {
  if (plan.kind === "refused") throw refusalOf(plan, replayed);
  const result = resultOf(plan);
  return replayed ? { ...result, replayed } : result;
}

/** A refusal as it is answered: with the transaction that records it, unless it was only validated. */
export function refusalOf({ command, error, transaction }: Refused, replayed = false): WalletError {
  const transactionId = command.movement.validateOnly ? "" : (transaction?.id ?? "");
  const metadata = { ...error.metadata };
  return new WalletError(error.reason, error.message, { metadata, transactionId }, replayed);
}

/** The result of a plan. One that was only validated has no id: there is nothing to look up. */
export function resultOf(
  plan: Accepted,
  validateOnly: boolean = plan.command.movement.validateOnly,
): MovementResult {
  const { command, transaction, postings, hold, refundTotal, job, operation } = plan;
  const balances = balancesAfter(plan);
  const result = { transaction, postings, balances, hold, refundTotal, job, operation, replayed: false };
  if (!validateOnly) return result;
  return {
    ...result,
    transaction: transaction && { ...transaction, id: "", jobId: null },
    postings: postings.map((posting) => ({ ...posting, transactionId: "", hash: Buffer.alloc(0) })),
    hold: hold && hold.id === command.claim.operationId ? { ...hold, id: "" } : hold,
    job: job && { ...job, id: "", transactionId: "" },
  };
}

/** What a key keeps of a plan; null where the transaction's own rows say it all. */
export function outcomeOf(plan: Plan): KeyOutcome | null {
  const { claim } = plan.command;
  if (plan.kind === "refused") return refusedOutcome(claim, refusalOf(plan));
  const { transaction, hold, refundTotal, job, operation } = plan;
  if (hold === null && refundTotal === null && job === null && operation === null) return null;
  const balances = transaction === null ? balancesAfter(plan) : null;
  const kept: Kept = { hold, refundTotal, job, operation, balances };
  return { requestId: claim.requestId, result: toSnapshot(kept) };
}

/** Reads what keys that were taken before point at, all at once: a storm of retries costs one look-up a batch. */
export async function readOutcomes(
  reader: Pool,
  records: readonly KeyRecord[],
): Promise<ReadonlyMap<string, TransactionRecord>> {
  const ids = records
    .filter(({ outcome }) => pointsAtTransaction(outcome))
    .map(({ operationId }) => operationId);
  const found = ids.length === 0 ? [] : await findTransactions(reader, ids);
  return new Map(found.map((record) => [record.transaction.id, record]));
}

/**
 * The outcome that a key had before, for a call with the same key: a result, or the same refusal again.
 *
 * @param outcomes what `readOutcomes` found for this key among others.
 */
export function replayMovement(
  claim: Claim,
  record: KeyRecord,
  outcomes: ReadonlyMap<string, TransactionRecord>,
): MovementResult {
  assertSameRequest(claim, record);
  throwIfRefused(record);
  const { balances, ...consequences } = keptOf(record.outcome);
  if (balances !== null)
    return { transaction: null, postings: [], balances, ...consequences, replayed: true };
  const found = outcomes.get(record.operationId);
  if (found === undefined)
    throw new Error(`key ${record.key} points at no transaction ${record.operationId}`);
  const { transaction, postings } = found;
  return { transaction, postings, balances: balancesAfterAll(postings), ...consequences, replayed: true };
}

/** What a key keeps of a refusal, so that a retry is refused in the same words. */
export function refusedOutcome({ requestId }: Claim, error: WalletError): KeyOutcome {
  const { reason, message, metadata, transactionId } = error;
  return { requestId, refused: { reason, message, metadata: { ...metadata }, transactionId } };
}

/** @throws IDEMPOTENCY_KEY_REUSED when the key was taken by another request. */
export function assertSameRequest(claim: Claim, taken: Pick<KeyRecord, "fingerprint" | "method">): void {
  if (claim.fingerprint.equals(taken.fingerprint)) return;
  throw new WalletError(
    "IDEMPOTENCY_KEY_REUSED",
    `Idempotency key ${claim.key} was used for another request, to ${taken.method}. A new request takes a new key.`,
    { metadata: { idempotency_key: claim.key, first_method: taken.method } },
  );
}

/** @throws the refusal that the key points at, if it points at one. */
export function throwIfRefused({ outcome }: Pick<KeyRecord, "outcome">): void {
  if (outcome === null || !("refused" in outcome)) return;
  const { reason, message, metadata, transactionId } = outcome.refused;
  throw new WalletError(reason as Reason, message, { metadata, transactionId }, true);
}

/** What a key keeps of a movement that was done. */
interface Kept extends Consequences {
  /** The balances after it; null when its transaction's postings tell them. */
  readonly balances: readonly Balance[] | null;
}

function keptOf(outcome: KeyOutcome | null): Kept {
  if (outcome === null || !("result" in outcome)) {
    return { hold: null, refundTotal: null, job: null, operation: null, balances: null };
  }
  return fromSnapshot<Kept>(outcome.result);
}

/** Whether what a key keeps is completed by a posted transaction, which has the key's operation id. */
export function pointsAtTransaction(outcome: KeyOutcome | null): boolean {
  if (outcome !== null && "refused" in outcome) return false;
  return keptOf(outcome).balances === null;
}

/** The balance of each wallet after its last posting: an FX wallet may have several in one transaction. */
function balancesAfterAll(postings: readonly Posting[]): Balance[] {
  const last = new Map(postings.map((posting) => [posting.walletId, posting]));
  return [...last.values()].map(balanceAfter);
}

function balanceAfter(posting: Posting): Balance {
  return {
    walletId: posting.walletId,
    asset: posting.asset,
    posted: posting.balanceAfter,
    held: posting.heldAfter,
    available: posting.availableAfter,
    version: posting.version,
  };
}
