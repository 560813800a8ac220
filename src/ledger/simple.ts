import type { Command } from "./command.js";
import { assertBalanced } from "./invariant.js";
import { type Job, orderedJob } from "./job.js";
import type { SimpleMovement } from "./movement.js";
import type { Posted } from "./plan.js";
import { post, postTimeOf } from "./post.js";
import { transactionOf } from "./record.js";
import {
  checkAmounts,
  checkAsset,
  checkOtherSide,
  checkReference,
  checkSubject,
  checkVersion,
  resolveWallet,
} from "./rules.js";
import type { LedgerState } from "./state.js";
import { limitedTypes, type Outline } from "./transaction.js";
import type { Wallet } from "./wallet.js";
import { checkCeiling, checkOtherCeiling, checkOutgoing } from "./wallet-limits.js";

/** Plans a movement of one amount from one wallet to another. */
export function planSimple(state: LedgerState, command: Command, movement: SimpleMovement): Posted {
  const source = resolveWallet(state, movement.asset, movement.source);
  const destination = resolveWallet(state, movement.asset, movement.destination);
  const [subject, other] = movement.subject === "source" ? [source, destination] : [destination, source];
  checkAsset(state, movement.asset);
  checkSubject(subject);
  checkOtherSide(other);
  if (other === destination) checkOtherCeiling(destination, movement.amount);
  checkReference(state, command);
  checkVersion(subject, movement.expectedVersion);
  checkLimits(state, movement, source, destination);
  checkAmounts(movement, source, destination);

  const postTime = postTimeOf(state, [source, destination]);
  const transactionId = command.claim.operationId;
  const debit = post(source, { transactionId, amount: -movement.amount, postTime });
  const credit = post(destination, { transactionId, amount: movement.amount, postTime });
  const postings = [debit.posting, credit.posting];
  assertBalanced(postings);
  const outline = simpleOutline(movement, movement.job?.id ?? null);
  const outcome = { state: "POSTED", refusedReason: null, postTime } as const;
  return {
    kind: "accepted",
    command,
    transaction: transactionOf(state, command, outline, outcome),
    postings,
    wallets: [debit.wallet, credit.wallet],
    hold: null,
    refundTotal: null,
    job: jobOf(state, command, movement, source),
    operation: null,
  };
}

/** The job that the movement pays for is made with it, so that there is never one without the other. */
function jobOf(
  { now }: LedgerState,
  { claim }: Command,
  { job, asset, amount }: SimpleMovement,
  payer: Wallet,
): Job | null {
  if (job === null) return null;
  const transactionId = claim.operationId;
  return orderedJob(
    job,
    { holderId: payer.holderId ?? "", walletId: payer.id, asset, cost: amount, transactionId },
    now,
  );
}

function checkLimits(
  state: LedgerState,
  movement: SimpleMovement,
  source: Wallet,
  destination: Wallet,
): void {
  if (limitedTypes.includes(movement.type)) checkOutgoing(state, source, movement.amount);
  if (movement.subject === "destination") checkCeiling(destination, movement.amount);
}

/** What the movement says it moves. A refused spend has no job. */
export function simpleOutline(movement: SimpleMovement, jobId: string | null = null): Outline {
  return {
    type: movement.type,
    asset: movement.asset,
    amount: movement.amount,
    sourceWalletId: movement.source.walletId,
    destinationWalletId: movement.destination.walletId,
    originalTransactionId: null,
    holdId: null,
    jobId,
    exchanges: [],
  };
}
