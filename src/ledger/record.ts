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
  { claim, movement, touches }: Command,
  outline: Outline,
  outcome: Pick<Transaction, "state" | "refusedReason" | "postTime">,
): Transaction {
  return {
    ...outline,
    ...outcome,
    id: claim.operationId,
    batchId: claim.batchId,
    externalReference: movement.externalReference,
    description: movement.description,
    metadata: Object.fromEntries(movement.metadata),
    initiatedBy: claim.caller,
    onBehalfOf: claim.forItself ? "" : holderOf(state, touches.subject),
    requestId: claim.requestId,
    createTime: state.now,
  };
}

/** The holder that an address means. Empty for a system wallet, and when the wallet is not known. */
export function holderOf(state: LedgerState, address: WalletAddress | null): string {
  if (address === null) return "";
  return address.holderId ?? state.wallets.get(address.walletId)?.holderId ?? "";
}
