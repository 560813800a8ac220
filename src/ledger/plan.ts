import { postingHash } from "./chain.js";
import { assertBalanced } from "./invariant.js";
import { type Command, type Movement, subjectOf, type WalletAddress } from "./movement.js";
import {
  checkAmounts,
  checkAsset,
  checkConditions,
  checkOtherSide,
  checkSubject,
  resolveWallet,
} from "./rules.js";
import { type LedgerState, referenceKey } from "./state.js";
import type { Posting, Transaction } from "./transaction.js";
import { type Balance, balanceOf, type Wallet } from "./wallet.js";
import { WalletError } from "./wallet-error.js";

/** A movement that will be posted: its record, its postings, and the wallets as they will be. */
export interface Posted {
  readonly kind: "posted";
  readonly command: Command;
  readonly transaction: Transaction;
  readonly postings: readonly Posting[];
  readonly wallets: readonly Wallet[];
}

/** A movement that is refused, with the record to keep of it; none where it names something that does not exist. */
export interface Refused {
  readonly kind: "refused";
  readonly command: Command;
  readonly error: WalletError;
  readonly transaction: Transaction | null;
}

export type Plan = Posted | Refused;

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

/** Moves the state on by a plan, so that the next command of the batch is planned on top of it. */
export function applyPlan(state: LedgerState, plan: Plan): void {
  if (plan.kind === "refused" || plan.command.movement.validateOnly) return;
  for (const wallet of plan.wallets) state.wallets.set(wallet.id, wallet);
  const { asset, type, externalReference } = plan.transaction;
  if (externalReference !== "") {
    state.references.set(referenceKey(asset, type, externalReference), plan.transaction.id);
  }
}

/** The balances after a plan, one for each wallet that it moves, in the order source, destination. */
export function balancesAfter(plan: Posted): Balance[] {
  return plan.wallets.map(balanceOf);
}

function planMovement(state: LedgerState, command: Command): Posted {
  const { movement } = command;
  const source = resolveWallet(state, movement, movement.source);
  const destination = resolveWallet(state, movement, movement.destination);
  const [subject, other] = movement.subject === "source" ? [source, destination] : [destination, source];
  checkAsset(state, movement);
  checkSubject(subject);
  checkOtherSide(other);
  checkConditions(state, movement, subject);
  checkAmounts(movement, source, destination);

  const postTime = latest(state.now, source.lastPostTime, destination.lastPostTime);
  const id = command.claim.operationId;
  const debit = post(source, { transactionId: id, amount: -movement.amount, postTime });
  const credit = post(destination, { transactionId: id, amount: movement.amount, postTime });
  const postings = [debit.posting, credit.posting];
  assertBalanced(postings);
  return {
    kind: "posted",
    command,
    transaction: transactionOf(state, command, { state: "POSTED", refusedReason: null, postTime }),
    postings,
    wallets: [debit.wallet, credit.wallet],
  };
}

function post(
  wallet: Wallet,
  by: { transactionId: string; amount: bigint; postTime: bigint },
): { posting: Posting; wallet: Wallet } {
  const moved = {
    ...wallet,
    balance: wallet.balance + by.amount,
    version: wallet.version + 1n,
    postingSeq: wallet.postingSeq + 1n,
    lastPostTime: by.postTime,
    updateTime: by.postTime,
  };
  const unhashed = {
    walletId: wallet.id,
    postingSeq: moved.postingSeq,
    transactionId: by.transactionId,
    asset: wallet.asset,
    amount: by.amount,
    balanceAfter: moved.balance,
    heldAfter: moved.held,
    availableAfter: balanceOf(moved).available,
    version: moved.version,
    postTime: by.postTime,
  };
  const hash = postingHash(wallet.chainHead, unhashed);
  return { posting: { ...unhashed, hash }, wallet: { ...moved, chainHead: hash } };
}

function refusedTransaction(state: LedgerState, command: Command, error: WalletError): Transaction | null {
  if (error.reason.endsWith("_NOT_FOUND") || error.reason === "ASSET_MISMATCH") return null;
  return transactionOf(state, command, { state: "REFUSED", refusedReason: error.reason, postTime: null });
}

function transactionOf(
  state: LedgerState,
  { claim, movement }: Command,
  outcome: Pick<Transaction, "state" | "refusedReason" | "postTime">,
): Transaction {
  return {
    id: claim.operationId,
    type: movement.type,
    asset: movement.asset,
    amount: movement.amount,
    sourceWalletId: movement.source.walletId,
    destinationWalletId: movement.destination.walletId,
    externalReference: movement.externalReference,
    description: movement.description,
    metadata: Object.fromEntries(movement.metadata),
    initiatedBy: claim.caller,
    onBehalfOf: claim.forItself ? "" : holderOf(state, subjectOf(movement)),
    requestId: claim.requestId,
    createTime: state.now,
    ...outcome,
  };
}

/** The wallet a transaction is listed under when it was refused. */
export function subjectWalletId(movement: Movement): string {
  return subjectOf(movement).walletId;
}

function holderOf(state: LedgerState, { walletId, holderId }: WalletAddress): string {
  return holderId ?? state.wallets.get(walletId)?.holderId ?? "";
}

function latest(now: bigint, ...times: (bigint | null)[]): bigint {
  return times.reduce<bigint>((last, time) => (time !== null && time > last ? time : last), now);
}
