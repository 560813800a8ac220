import type { Command } from "./command.js";
import type { WalletAddress } from "./movement.js";
import type { LedgerState } from "./state.js";
import type { Outline, Transaction } from "./transaction.js";

/** The outline of a movement of one amount from one wallet to another, with nothing else to it. */
export const plainOutline = {
  originalTransactionId: null,
  holdId: null,
  jobId: null,
  exchanges: [],
} as const satisfies Partial<Outline>;

/** The record of a movement: what it says it moves, who asked for it, and how it ended. */
export function transactionOf(
  state: LedgerState,
  command: Command,
  outline: Outline,
  outcome: Pick<Transaction, "state" | "refusedReason" | "postTime">,
): Transaction {
  const { claim, movement } = command;
  // What is spread comes last: V8 takes tens of microseconds to add properties to a spread copy.
  return {
    id: claim.operationId,
    batchId: claim.batchId,
    externalReference: movement.externalReference,
    description: movement.description,
    metadata: Object.fromEntries(movement.metadata),
    initiatedBy: claim.caller,
    onBehalfOf: claim.forItself ? "" : holderOf(state, subjectOf(state, command)),
    requestId: claim.requestId,
    createTime: state.now,
    ...outline,
    ...outcome,
  };
}

/**
 * The wallet that a movement is about: the one that its caller speaks for, or, where none comes before the others, the
 * first of the one holder that they all belong to. Null when they belong to several holders, or all to the system.
 *
 * A refusal is listed under it, so that no holder reads of what was attempted with another one.
 */
export function subjectOf(state: LedgerState, { touches }: Command): WalletAddress | null {
  if (touches.subject !== null) return touches.subject;
  const ofHolders = touches.wallets.filter((address) => holderOf(state, address) !== "");
  const holders = new Set(ofHolders.map((address) => holderOf(state, address)));
  return holders.size === 1 ? (ofHolders[0] ?? null) : null;
}

/** The holder that an address means. Empty for a system wallet, for none, and when the wallet is not known. */
export function holderOf(state: LedgerState, address: WalletAddress | null): string {
  if (address === null) return "";
  return address.holderId ?? state.wallets.get(address.walletId)?.holderId ?? "";
}
