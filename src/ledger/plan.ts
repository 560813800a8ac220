import type { Command } from "./command.js";
import type { Hold } from "./hold.js";
import type { Job } from "./job.js";
import type { RefundTotal } from "./refund-total.js";
import { type LedgerState, referenceKey } from "./state.js";
import type { Posting, Transaction } from "./transaction.js";
import { type Balance, balanceOf, type Wallet } from "./wallet.js";
import type { WalletError } from "./wallet-error.js";
import { countOutgoing } from "./wallet-limits.js";

/** A command that will be done: its record, its postings, and everything it changes as it will be. */
export interface Accepted {
  readonly kind: "accepted";
  readonly command: Command;
  /** Null when no value moves, as with a hold. */
  readonly transaction: Transaction | null;
  readonly postings: readonly Posting[];
  readonly wallets: readonly Wallet[];
  readonly hold: Hold | null;
  readonly refundTotal: RefundTotal | null;
  readonly job: Job | null;
  readonly operation: AcceptedOperation | null;
}

/** What was put into the queue. */
export interface AcceptedOperation {
  readonly id: string;
  /** When it was accepted, in microseconds since 1970. */
  readonly createTime: bigint;
}

/** A command that is accepted and moves no value; what it changes besides is added to this. */
export function unmoved(command: Command): Accepted {
  return {
    kind: "accepted",
    command,
    transaction: null,
    postings: [],
    wallets: [],
    hold: null,
    refundTotal: null,
    job: null,
    operation: null,
  };
}

/** One that moves value. */
export interface Posted extends Accepted {
  readonly transaction: Transaction;
}

/** A command that is refused, with the record to keep of it; none where there is nothing to record. */
export interface Refused {
  readonly kind: "refused";
  readonly command: Command;
  readonly error: WalletError;
  readonly transaction: Transaction | null;
}

export type Plan = Accepted | Refused;

/** Moves the state on by a plan, so that the next command of the batch is planned on top of it. */
export function applyPlan(state: LedgerState, plan: Plan): void {
  if (plan.kind === "refused" || plan.command.movement.validateOnly) return;
  const { command, transaction, postings, wallets, hold, refundTotal, job } = plan;
  if (transaction !== null) countOutgoing(state.outgoing, transaction.type, postings);
  for (const wallet of wallets) state.wallets.set(wallet.id, wallet);
  if (hold !== null) state.holds.set(hold.id, hold);
  if (refundTotal !== null) state.refundTotals.set(refundTotal.transactionId, refundTotal);
  if (job !== null) state.jobs.set(job.id, job);
  const { externalReference } = command.movement;
  for (const { asset, type } of command.touches.references) {
    state.references.set(referenceKey(asset, type, externalReference), command.claim.operationId);
  }
}

/** The balances after a plan, one for each wallet that it changes; of a simple movement source, then destination. */
export function balancesAfter(plan: Accepted): Balance[] {
  return plan.wallets.map(balanceOf);
}
