import type { Reader } from "../db/database.js";
import type { KeyOutcome, KeyRecord } from "../db/keys.js";
import { findTransactions, type TransactionRecord } from "../db/transactions.js";
import type { Claim } from "../ledger/movement.js";
import { balancesAfter, type Posted } from "../ledger/plan.js";
import type { Reason } from "../ledger/reason.js";
import type { Posting, Transaction } from "../ledger/transaction.js";
import type { Balance } from "../ledger/wallet.js";
import { WalletError } from "../ledger/wallet-error.js";

/** What a movement came to. */
export interface MovementResult {
  readonly transaction: Transaction;
  readonly postings: readonly Posting[];
  /** The balance of each wallet right after it, in the order source, destination. */
  readonly balances: readonly Balance[];
  /** Whether it had been done before, under the same idempotency key. */
  readonly replayed: boolean;
}

/** The result of a plan. One that was only validated has no id: there is nothing to look up. */
export function resultOf(plan: Posted): MovementResult {
  const { transaction, postings } = plan;
  const balances = balancesAfter(plan);
  if (!plan.command.movement.validateOnly) return { transaction, postings, balances, replayed: false };
  return {
    transaction: { ...transaction, id: "" },
    postings: postings.map((posting) => ({ ...posting, transactionId: "", hash: Buffer.alloc(0) })),
    balances,
    replayed: false,
  };
}

/** Reads what keys that were taken before point at, all at once: a storm of retries costs one look-up a batch. */
export async function readOutcomes(
  reader: Reader,
  records: readonly KeyRecord[],
): Promise<ReadonlyMap<string, TransactionRecord>> {
  const ids = records.filter(({ outcome }) => outcome === null).map(({ operationId }) => operationId);
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
  const found = outcomes.get(record.operationId);
  if (found === undefined)
    throw new Error(`key ${record.key} points at no transaction ${record.operationId}`);
  return {
    transaction: found.transaction,
    postings: found.postings,
    balances: found.postings.map(balanceAfter),
    replayed: true,
  };
}

/** What a key keeps of a refusal, so that a retry is refused in the same words. */
export function refusedOutcome({ requestId }: Claim, error: WalletError): KeyOutcome {
  const { reason, message, metadata } = error;
  return { requestId, refused: { reason, message, metadata: { ...metadata } } };
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
  const { reason, message, metadata } = outcome.refused;
  throw new WalletError(reason as Reason, message, { metadata }, true);
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
