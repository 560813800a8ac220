import { planAuthorize } from "./authorize.js";
import { captureOutline, planCapture } from "./capture.js";
import type { Command } from "./command.js";
import { compoundOutline, planCompound } from "./compound.js";
import { planExpiry } from "./expiry.js";
import { planExtend } from "./extend.js";
import { jobFailureOutline, planJobFailure } from "./job-failure.js";
import type { Movement } from "./movement.js";
import { planEnqueue } from "./operation.js";
import type { Accepted, Plan } from "./plan.js";
import { transactionOf } from "./record.js";
import { planRefund, refundOutline } from "./refund.js";
import { planReversal, reversalOutline } from "./reversal.js";
import { planSimple, simpleOutline } from "./simple.js";
import type { LedgerState } from "./state.js";
import type { Outline, Transaction } from "./transaction.js";
import { planVoid } from "./void.js";
import { WalletError } from "./wallet-error.js";

/**
 * Plans one command against the locked state. Nothing is changed: `applyPlan` moves the state on.
 *
 * A business refusal is a result here, because a batch carries on with its other commands.
 */
export function planCommand(state: LedgerState, command: Command): Plan {
  try {
    return planMovement(state, command);
  } catch (error) {
    if (!(error instanceof WalletError)) throw error;
    return { kind: "refused", command, error, transaction: refusedTransaction(state, command, error) };
  }
}

function planMovement(state: LedgerState, command: Command): Accepted {
  const { movement } = command;
  switch (movement.kind) {
    case "simple":
      return planSimple(state, command, movement);
    case "refund":
      return planRefund(state, command, movement);
    case "reversal":
      return planReversal(state, command, movement);
    case "job_failure":
      return planJobFailure(state, command, movement);
    case "compound":
      return planCompound(state, command, movement);
    case "authorize":
      return planAuthorize(state, command, movement);
    case "capture":
      return planCapture(state, command, movement);
    case "void":
      return planVoid(state, command, movement);
    case "extend":
      return planExtend(state, command, movement);
    case "expiry":
      return planExpiry(command);
    case "enqueue":
      return planEnqueue(state, command);
  }
}

/** What a refused movement would have been; null for one that makes no transaction. */
function outlineOf(movement: Movement): Outline | null {
  switch (movement.kind) {
    case "simple":
      return simpleOutline(movement);
    case "refund":
      return refundOutline(movement);
    case "reversal":
      return reversalOutline(movement);
    case "job_failure":
      return jobFailureOutline(movement);
    case "compound":
      return compoundOutline(movement);
    case "capture":
      return captureOutline(movement);
    case "authorize":
    case "void":
    case "extend":
    case "expiry":
    case "enqueue":
      return null;
  }
}

function refusedTransaction(state: LedgerState, command: Command, error: WalletError): Transaction | null {
  if (error.reason.endsWith("_NOT_FOUND") || error.reason === "ASSET_MISMATCH") return null;
  const outline = outlineOf(command.movement);
  if (outline === null) return null;
  const outcome = { state: "REFUSED", refusedReason: error.reason, postTime: null } as const;
  return transactionOf(state, command, outline, outcome);
}
