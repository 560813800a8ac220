import { findKey, type KeyRecord } from "../db/keys.js";
import { findOperations } from "../db/operations.js";
import type { Pool } from "../db/pool.js";
import { findCurrentTransaction } from "../db/transactions.js";
import { pointsAtTransaction } from "../engine/outcome.js";
import { OperationState } from "../gen/wallet/v1/operation_pb.js";
import { WalletService } from "../gen/wallet/v1/wallet_service_pb.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { Caller } from "./access/caller.js";
import { answerTransaction } from "./answer-transaction.js";
import { encodeTime } from "./encode/money.js";

/** What an idempotency key was used for, and how far that is. */
export interface Operation extends KeyRecord {
  /** In microseconds since 1970; null while it is pending. */
  readonly completeTime: bigint | null;
  /** The `x-request-id` of the request that claimed the key, where its outcome does not carry one. */
  readonly requestId: string;
}

const enqueueMethod = `${WalletService.typeName}/${WalletService.method.enqueueTransaction.name}`;

/**
 * The operation of a key. What was decided with its key is complete; what was queued is as far as its own row says.
 *
 * @throws OPERATION_NOT_FOUND
 */
export async function readOperation(
  reader: Pool,
  key: { readonly key: string; readonly caller: string },
): Promise<Operation> {
  const record = await findKey(reader, key);
  if (record === undefined) throw operationNotFound(key.key);
  if (record.method !== enqueueMethod)
    return { ...record, completeTime: record.createTime, requestId: record.outcome?.requestId ?? "" };
  const [operation] = await findOperations(reader, [record.operationId]);
  if (operation === undefined) throw new Error(`key ${record.key} points at no operation`);
  return operation;
}

/** An operation as a caller sees it. */
export async function encodeOperation(reader: Pool, caller: Caller, operation: Operation) {
  const { outcome, completeTime } = operation;
  if (completeTime === null) return encodePending(operation);
  const refused = outcome !== null && "refused" in outcome ? outcome.refused : null;
  const mayHaveOne = refused !== null || pointsAtTransaction(outcome);
  const found = mayHaveOne ? await findCurrentTransaction(reader, operation.operationId) : undefined;
  return {
    ...encodeRequest(operation),
    state: refused === null ? OperationState.SUCCEEDED : OperationState.REFUSED,
    ...(found !== undefined && { transaction: answerTransaction(caller, found) }),
    errorReason: refused?.reason ?? "",
    errorMetadata: refused?.metadata ?? {},
    completeTime: encodeTime(completeTime),
    resourceId: refused === null ? (found?.transaction.id ?? resourceOf(outcome)) : "",
    requestId: found?.transaction.requestId ?? operation.requestId,
  };
}

/** An operation that was accepted and is yet to be applied. */
export function encodePending(
  operation: Pick<Operation, "key" | "caller" | "method" | "createTime" | "requestId">,
) {
  return {
    ...encodeRequest(operation),
    state: OperationState.PENDING,
    requestId: operation.requestId,
  };
}

function encodeRequest({
  key,
  caller,
  method,
  createTime,
}: Pick<Operation, "key" | "caller" | "method" | "createTime">) {
  return { idempotencyKey: key, caller, method, createTime: encodeTime(createTime) };
}

/** What a key may keep, as far as it names something. */
interface KeptResource {
  readonly id?: string;
  readonly code?: string;
  readonly hold?: { readonly id: string } | null;
  readonly job?: { readonly id: string } | null;
}

/** What was made or changed without a transaction: what is kept of it has an id, or a code, or it is a hold or a job. */
function resourceOf(outcome: KeyRecord["outcome"]): string {
  if (outcome === null || !("result" in outcome)) return "";
  const { id, code, hold, job } = outcome.result as KeptResource;
  return id ?? code ?? hold?.id ?? job?.id ?? "";
}

function operationNotFound(key: string): WalletError {
  return new WalletError(
    "OPERATION_NOT_FOUND",
    `Nothing is known under idempotency key ${key}. That is not final: only a retry with the same key is.`,
    { metadata: { idempotency_key: key } },
  );
}
