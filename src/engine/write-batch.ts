import { insertHolds, updateHolds } from "../db/hold-writes.js";
import { insertJobs, updateJobs } from "../db/jobs.js";
import { type AuditEntry, insertAudit, insertOutbox } from "../db/journal.js";
import { recordOutcomes, releaseKeys } from "../db/keys.js";
import {
  insertPostings,
  insertTransactions,
  type PostingWrite,
  type TransactionWrite,
} from "../db/ledger-writes.js";
import { reassignReferences, releaseReferences } from "../db/references.js";
import { writeRefundTotals } from "../db/refund-total-writes.js";
import type { Session } from "../db/session.js";
import { insertWallets, updateBalances } from "../db/wallet-writes.js";
import type { Command } from "../ledger/command.js";
import type { Release } from "../ledger/expiry.js";
import type { Movement } from "../ledger/movement.js";
import type { Accepted, Plan, Refused } from "../ledger/plan.js";
import type { Wallet } from "../ledger/wallet.js";
import { authorizedHold, changedHolds, holdEvents } from "./hold-changes.js";
import { jobsEnded, jobsMade } from "./job-batch.js";
import { keyOf, type LockedBatch } from "./lock-batch.js";
import { newId } from "./new-id.js";
import { outcomeOf } from "./outcome.js";
import { refundTotalsAfter } from "./refunds.js";

/**
 * Sends everything a batch decided, one statement a table, without waiting for the answers: `commit` does.
 *
 * @param plans what was planned for the commands that claimed a key, in order of arrival.
 * @param deferred the commands that were put off; their keys are given back.
 */
export function writeBatch(
  session: Session,
  locked: LockedBatch,
  plans: readonly Plan[],
  deferred: readonly Command[],
): void {
  const accepted = plans.filter((plan) => plan.kind === "accepted");
  const refused = plans.filter((plan) => plan.kind === "refused");
  settleClaims(session, locked, plans, deferred);
  settleReferences(session, locked);
  sendAll(session, insertTransactions, [...accepted.flatMap(postedWrite), ...refused.flatMap(refusedWrite)]);
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
  sendAll(session, insertHolds, accepted.flatMap(authorizedHold));
  sendAll(session, updateHolds, changedHolds(locked.released, accepted));
  sendAll(session, insertJobs, jobsMade(accepted));
  sendAll(session, updateJobs, jobsEnded(accepted));
  sendAll(session, writeRefundTotals, refundTotalsAfter(accepted));
  sendAll(session, insertPostings, accepted.flatMap(postingWrites));
  sendAll(session, insertOutbox, holdEvents(locked.released, accepted));
  sendAll(
    session,
    insertAudit,
    plans.map((plan) => auditOf(plan, locked.state.now)),
  );
}

function sendAll<Row>(
  session: Session,
  send: (session: Session, rows: readonly Row[]) => Promise<void>,
  rows: readonly Row[],
): void {
  // The session keeps the failure for `commit`; here nobody waits for it.
  if (rows.length > 0) send(session, rows).catch(() => {});
}

function settleClaims(
  session: Session,
  locked: LockedBatch,
  plans: readonly Plan[],
  deferred: readonly Command[],
): void {
  const claimed = deferred.filter(
    ({ claim, movement }) => !movement.validateOnly && !locked.taken.has(claim.operationId),
  );
  sendAll(
    session,
    releaseKeys,
    claimed.map(({ claim }) => claim),
  );
  sendAll(
    session,
    recordOutcomes,
    plans.flatMap((plan) => {
      const outcome = outcomeOf(plan);
      return outcome === null ? [] : [{ claim: plan.command.claim, outcome }];
    }),
  );
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

function postedWrite({ transaction, postings }: Accepted): TransactionWrite[] {
  if (transaction === null) return [];
  return [
    {
      transaction,
      walletIds: postings.map((posting) => posting.walletId),
      postingSeqs: postings.map((posting) => posting.postingSeq),
    },
  ];
}

function refusedWrite({ transaction, command }: Refused): TransactionWrite[] {
  if (transaction === null) return [];
  const { subject } = command.touches;
  return [{ transaction, walletIds: subject === null ? [] : [subject.walletId], postingSeqs: [] }];
}

/** Each wallet as the last release or plan that changed it left it. */
function walletsAfter(released: readonly Release[], accepted: readonly Accepted[]): Wallet[] {
  const last = new Map<string, Wallet>(released.map(({ wallet }) => [wallet.id, wallet]));
  for (const { wallets } of accepted) for (const wallet of wallets) last.set(wallet.id, wallet);
  return [...last.values()];
}

function postingWrites({ command, transaction, postings }: Accepted): PostingWrite[] {
  if (transaction === null) return [];
  const { traceparent } = command.claim;
  return postings.map((posting) => ({
    posting,
    eventId: newId(),
    transactionType: transaction.type,
    traceparent,
  }));
}

function auditOf(plan: Plan, now: bigint): AuditEntry {
  const { claim } = plan.command;
  const hold = plan.kind === "accepted" ? plan.hold : null;
  return {
    // Its own id would say no more: there is one entry for each decided command.
    id: claim.operationId,
    kind: plan.kind === "refused" ? "REFUSAL" : "MOVEMENT",
    caller: claim.caller,
    onBehalfOf: plan.transaction?.onBehalfOf ?? hold?.onBehalfOf ?? "",
    method: claim.method,
    errorReason: plan.kind === "refused" ? plan.error.reason : null,
    transactionId: plan.transaction?.id ?? null,
    resourceId: plan.transaction === null ? (hold?.id ?? "") : "",
    reason: reasonOf(plan.command.movement),
    requestId: claim.requestId,
    time: now,
  };
}

/** What the caller gave as the reason; it is the description of what was done. */
function reasonOf(movement: Movement): string {
  if (movement.kind === "void" || movement.kind === "reversal" || movement.kind === "job_failure")
    return movement.description;
  return movement.kind === "simple" && movement.type === "ADJUSTMENT" ? movement.description : "";
}
