import type { RefundTransactionRequest, ReverseTransactionRequest } from "../../gen/wallet/v1/refund_pb.js";
import type { RefundMovement, ReversalMovement } from "../../ledger/movement.js";
import type { Check } from "./check.js";
import { decodeAmount, decodeConditions } from "./movement.js";
import { checkReason, checkUuid } from "./text.js";

/** What a refund's request says by itself, before its original is read. */
export function decodeRefund(
  check: Check,
  request: RefundTransactionRequest,
): Omit<RefundMovement, "kind" | "original"> {
  checkUuid(check, "transaction_id", request.transactionId);
  const amount = request.amount === undefined ? null : decodeAmount(check, request.amount);
  check.that(
    amount === null || amount.units > 0n,
    "amount.units",
    "must be positive, or left out with amount",
  );
  return {
    originalId: request.transactionId.toLowerCase(),
    amount,
    ...decodeConditions(check, request, request.description),
  };
}

/** What a reversal's request says by itself, before its original is read. */
export function decodeReversal(
  check: Check,
  request: ReverseTransactionRequest,
): Omit<ReversalMovement, "kind" | "original"> {
  checkUuid(check, "transaction_id", request.transactionId);
  checkReason(check, request.reason);
  const { externalReference, metadata, validateOnly } = decodeConditions(check, request, "");
  return {
    originalId: request.transactionId.toLowerCase(),
    allowBelowFloor: request.allowBelowFloor,
    description: request.reason,
    externalReference,
    metadata,
    validateOnly,
  };
}
