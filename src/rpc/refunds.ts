import type { Pool } from "../db/pool.js";
import { findTransaction } from "../db/transactions.js";
import { newId } from "../engine/new-id.js";
import type { MovementResult } from "../engine/outcome.js";
import type { Poster } from "../engine/poster.js";
import type { RefundTransactionRequest, ReverseTransactionRequest } from "../gen/wallet/v1/refund_pb.js";
import { type Command, makeCommand } from "../ledger/command.js";
import { refundFingerprint, reversalFingerprint } from "../ledger/fingerprint.js";
import type { RefundMovement, ReversalMovement } from "../ledger/movement.js";
import { refundableOf } from "../ledger/refund-total.js";
import type { Caller } from "./access/caller.js";
import { Check } from "./decode/check.js";
import { type Asking, claimOf } from "./decode/claim.js";
import { decodeRefund, decodeReversal } from "./decode/refund.js";
import { encodeMoney } from "./encode/money.js";
import { encodeMovementResult } from "./encode/transaction.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";

type RefundHandlers = Required<Pick<Handlers["wallet"], "refundTransaction" | "reverseTransaction">>;

/** The RPCs that give value back. */
export function refundHandlers(reader: Pool, poster: Poster): RefundHandlers {
  const submit = async (call: Call, command: Command): Promise<MovementResult> => {
    call.concerns(command.touches);
    const result = await poster.submit(command, call.deadlineMs);
    if (result.replayed) call.setReplayed();
    return result;
  };
  return {
    refundTransaction: async (request, call) =>
      encodeRefundResult(call.caller, await submit(call, await refundCommand(reader, request, call))),
    reverseTransaction: async (request, call) =>
      encodeMovementResult(call.caller, await submit(call, await reversalCommand(reader, request, call))),
  };
}

/**
 * The command that a refund's request asks for. It carries the original, which is final and so needs no lock; the
 * refund of one that does not exist is a command too, so that its refusal is recorded under its key.
 *
 * @param call its idempotency key is the refund's.
 * @throws INVALID_FIELD
 */
export async function refundCommand(
  reader: Pool,
  request: RefundTransactionRequest,
  call: Asking,
): Promise<Command> {
  const check = new Check();
  const decoded = decodeRefund(check, request);
  check.done();
  const original = (await findTransaction(reader, decoded.originalId)) ?? null;
  const movement: RefundMovement = { kind: "refund", original, ...decoded };
  return makeCommand(claimOf(call, newId(), refundFingerprint(call.method, movement)), movement);
}

async function reversalCommand(
  reader: Pool,
  request: ReverseTransactionRequest,
  call: Call,
): Promise<Command> {
  const check = new Check();
  const decoded = decodeReversal(check, request);
  check.done();
  const original = (await findTransaction(reader, decoded.originalId)) ?? null;
  const movement: ReversalMovement = { kind: "reversal", original, ...decoded };
  return makeCommand(claimOf(call, newId(), reversalFingerprint(call.method, movement)), movement);
}

/** The answer to a refund: besides the movement, what was and what can still be given back right after it. */
function encodeRefundResult(caller: Caller, result: MovementResult) {
  const { transaction, refundTotal } = result;
  if (refundTotal === null) throw new Error("a refund ended without a refund total");
  const asset = transaction?.asset ?? "";
  return {
    ...encodeMovementResult(caller, result),
    refunded: encodeMoney(asset, refundTotal.refunded),
    refundable: encodeMoney(asset, refundableOf(refundTotal)),
  };
}
