import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Pool } from "../../db/pool.js";
import { findTransactions } from "../../db/transactions.js";
import type { ItemOutcome } from "../../engine/bulk.js";
import {
  type BatchItemResultSchema,
  BatchItemState,
  type ExecuteBatchResponse,
  ExecuteBatchResponseSchema,
} from "../../gen/wallet/v1/bulk_pb.js";
import { type Transaction, TransactionSchema } from "../../gen/wallet/v1/transaction_pb.js";
import type { Reason } from "../../ledger/reason.js";
import type { Caller } from "../access/caller.js";
import { clippedMetadata } from "../pipeline/to-call-error.js";
import { encodeTransaction } from "./transaction.js";

/** An answer stays below this, in bytes: it is what a client of gRPC accepts unless it is told otherwise. */
const answerBytesMax = 4_194_304;
/** What a field costs besides its content, at most: its own tag and length, and more length around it. */
const fieldBytesMax = 12;

/** The reasons that say "not now": the same item with the same key may do better. */
const undecided: ReadonlySet<Reason> = new Set([
  "RATE_LIMITED",
  "OVERLOADED",
  "CONTENTION",
  "DEADLINE_TOO_SHORT",
  "DATABASE_UNAVAILABLE",
  "SHUTTING_DOWN",
  "OUTCOME_UNKNOWN",
]);

/** The result of one movement, without its transaction. */
export function encodeItem(outcome: ItemOutcome): MessageInitShape<typeof BatchItemResultSchema> {
  switch (outcome.kind) {
    case "posted":
      return {
        state: BatchItemState.POSTED,
        transactionId: outcome.transactionId,
        replayed: outcome.replayed,
      };
    case "refused":
      return {
        state: undecided.has(outcome.error.reason) ? BatchItemState.FAILED : BatchItemState.REFUSED,
        transactionId: outcome.error.transactionId,
        errorReason: outcome.error.reason,
        errorMetadata: clippedMetadata(outcome.error),
        replayed: outcome.error.replayed,
      };
    case "not_applied":
      return { state: BatchItemState.NOT_APPLIED, errorReason: outcome.reason };
  }
}

/** The answer of ExecuteBatch, without whole transactions. */
export function encodeBatch(batchId: string, outcomes: readonly ItemOutcome[]): ExecuteBatchResponse {
  const postedCount = outcomes.filter(({ kind }) => kind === "posted").length;
  return create(ExecuteBatchResponseSchema, { results: outcomes.map(encodeItem), batchId, postedCount });
}

/**
 * Adds whole transactions to an answer, in the order of its results, as long as it stays below 4 MiB. Those that are
 * not at hand, as after a replay, are read at once.
 */
export async function fillTransactions(
  reader: Pool,
  caller: Caller,
  response: ExecuteBatchResponse,
  outcomes: readonly ItemOutcome[],
): Promise<void> {
  const missing = response.results.filter(
    (result, index) => result.transactionId !== "" && !atHand(outcomes[index]),
  );
  const ids = missing.map(({ transactionId }) => transactionId);
  const found = ids.length === 0 ? [] : await findTransactions(reader, ids);
  const records = new Map(found.map((record) => [record.transaction.id, record]));
  let bytes = toBinary(ExecuteBatchResponseSchema, response).length;
  for (const [index, result] of response.results.entries()) {
    const record = atHand(outcomes[index]) ?? records.get(result.transactionId);
    if (record === undefined) continue;
    const transaction = create(
      TransactionSchema,
      encodeTransaction(caller, record.transaction, record.postings),
    );
    bytes += sizeOf(transaction) + fieldBytesMax;
    if (bytes >= answerBytesMax) return;
    result.transaction = transaction;
  }
}

function atHand(outcome: ItemOutcome | undefined) {
  if (outcome?.kind !== "posted" || outcome.result === null) return undefined;
  const { transaction, postings } = outcome.result;
  return transaction === null ? undefined : { transaction, postings };
}

function sizeOf(transaction: Transaction): number {
  return toBinary(TransactionSchema, transaction).length;
}
