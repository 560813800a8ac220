import { insertHolds, updateHolds } from "../db/hold-writes.js";
import { insertJobs, updateJobs } from "../db/jobs.js";
import { insertAudit, insertOutbox } from "../db/journal.js";
import { recordOutcomes, releaseKeys } from "../db/keys.js";
import {
  insertPostings,
  insertTransactions,
  type PostingWrite,
  type TransactionWrite,
} from "../db/ledger-writes.js";
import { completeOperations, insertOperations, type NewOperation } from "../db/operation-writes.js";
import { reassignReferences, releaseReferences } from "../db/references.js";
import { writeRefundTotals } from "../db/refund-total-writes.js";
import type { Session } from "../db/session.js";
import { insertWallets, updateBalances } from "../db/wallet-writes.js";
import type { Release } from "../ledger/expiry.js";
import type { Accepted, Plan } from "../ledger/plan.js";
import { positionOf } from "../ledger/position.js";
import { subjectOf } from "../ledger/record.js";
import type { LedgerState } from "../ledger/state.js";
import type { Wallet } from "../ledger/wallet.js";
import { auditOf, auditOfBulk, auditOfRelease } from "./audit-entries.js";
import { authorizedHold, changedHolds, holdEvents } from "./hold-changes.js";
import { jobsEnded, jobsMade } from "./job-batch.js";
import { keyOf, type LockedBatch } from "./lock-batch.js";
import { newId } from "./new-id.js";
import { refundTotalsAfter } from "./refunds.js";
import type { Settlement } from "./settle.js";
import { toSnapshot } from "./snapshot.js";

/** Sends everything a batch decided, one statement a table, without waiting for the answers: `commit` does. */
export function writeBatch(session: Session, locked: LockedBatch, settlement: Settlement): void {
  const { plans, refusedBulks } = settlement;
  const { now } = locked.state;
  const accepted = plans.filter((plan) => plan.kind === "accepted");
  sendAll(session, releaseKeys, settlement.released);
  sendAll(session, recordOutcomes, settlement.outcomes);
  sendAll(
    session,
    completeOperations,
    settlement.completed.map((decided) => ({ ...decided, time: now })),
  );
  settleReferences(session, locked);
  sendAll(session, insertTransactions, transactionWrites(plans, locked.state));
  const wallets = walletsAfter(locked.released, accepted);
  sendAll(
    session,
    insertWallets,
    wallets.filter(({ id }) => !locked.existing.has(id)),
  );
  sendAll(
    session,
    updateBalances,
    wallets.filter(({ id }) => locked.existing.has(id)),
  );
  sendAll(session, insertOperations, operationsAccepted(plans));
  sendAll(session, insertJobs, jobsMade(accepted));
  sendAll(session, updateJobs, jobsEnded(accepted));
  sendAll(session, writeRefundTotals, refundTotalsAfter(accepted));
  sendAll(session, insertHolds, accepted.flatMap(authorizedHold));
  sendAll(session, updateHolds, changedHolds(locked.released, accepted));
  sendAll(session, insertPostings, accepted.flatMap(postingWrites));
  sendAll(session, insertOutbox, holdEvents(locked.released, accepted));
  sendAll(session, insertAudit, [
    ...plans.map((plan) => auditOf(plan, now)),
    ...refusedBulks.map((refused) => auditOfBulk(refused, now)),
    ...locked.released.map(auditOfRelease),
  ]);
}

function sendAll<Row>(
  session: Session,
  send: (session: Session, rows: readonly Row[]) => Promise<void>,
  rows: readonly Row[],
): void {
  if (rows.length > 0) session.leave(send(session, rows));
}

/** A claimed reference belongs to the command that was posted with it. If none was, it is free again. */
function settleReferences(session: Session, { references, state }: LockedBatch): void {
  const settled = references.map((claimed) => ({ claimed, owner: state.references.get(keyOf(claimed)) }));
  sendAll(
    session,
    releaseReferences,
    settled.filter(({ owner }) => owner === undefined).map(({ claimed }) => claimed),
  );
  sendAll(
    session,
    reassignReferences,
    settled.flatMap(({ claimed, owner }) =>
      owner === undefined || owner === claimed.transactionId ? [] : [{ ...claimed, transactionId: owner }],
    ),
  );
}

/** The records in order of arrival, which is the order that the wallets' versions have. */
function transactionWrites(plans: readonly Plan[], state: LedgerState): TransactionWrite[] {
  return plans.flatMap((plan, ordinal) => {
    if (plan.transaction === null) return [];
    const position = positionOf(state.now, ordinal);
    return [{ transaction: plan.transaction, position, ...listingOf(plan, state) }];
  });
}

/** What was accepted into the queue, in order of arrival, which is the order it is applied in. */
function operationsAccepted(plans: readonly Plan[]): NewOperation[] {
  return plans.flatMap((plan, ordinal) => {
    const { claim, movement } = plan.command;
    if (plan.kind === "refused" || plan.operation === null || movement.kind !== "enqueue") return [];
    const { createTime } = plan.operation;
    const { walletIds, later } = movement;
    return [
      {
        claim,
        movement: toSnapshot(later),
        walletIds,
        position: positionOf(createTime, ordinal),
        createTime,
      },
    ];
  });
}

function listingOf(plan: Plan, state: LedgerState): Pick<TransactionWrite, "walletIds" | "postingSeqs"> {
  if (plan.kind === "refused") {
    const subject = subjectOf(state, plan.command);
    return { walletIds: subject === null ? [] : [subject.walletId], postingSeqs: [] };
  }
  return {
    walletIds: plan.postings.map((posting) => posting.walletId),
    postingSeqs: plan.postings.map((posting) => posting.postingSeq),
  };
}

/** Each wallet as the last release or plan that changed it left it. */
function walletsAfter(released: readonly Release[], accepted: readonly Accepted[]): Wallet[] {
  const last = new Map<string, Wallet>(released.map(({ wallet }) => [wallet.id, wallet]));
  for (const { wallets } of accepted) for (const wallet of wallets) last.set(wallet.id, wallet);
  return [...last.values()];
}

function postingWrites({ command, transaction, postings, hold }: Accepted): PostingWrite[] {
  if (transaction === null) return [];
  const { traceparent } = command.claim;
  return postings.map((posting) => ({
    posting,
    eventId: newId(),
    transactionType: transaction.type,
    traceparent,
    hold: hold?.walletId === posting.walletId ? hold : null,
  }));
}
