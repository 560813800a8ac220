import { fitsBalance } from "./amount.js";
import type { Command } from "./command.js";
import { assertBalanced } from "./invariant.js";
import { legsOf } from "./legs.js";
import type { CompoundMovement, Leg } from "./movement.js";
import type { Posted } from "./plan.js";
import { post, postTimeOf } from "./post.js";
import { eachInOrder } from "./precedence.js";
import { plainOutline, transactionOf } from "./record.js";
import {
  balanceOverflow,
  checkAsset,
  checkFunds,
  checkReference,
  checkSubject,
  checkVersion,
  resolveWallet,
} from "./rules.js";
import type { LedgerState } from "./state.js";
import type { Outline, Posting } from "./transaction.js";
import type { Wallet } from "./wallet.js";
import { checkCeiling, checkOutgoing } from "./wallet-limits.js";

/** A leg with the wallet that it changes, as it was before the transaction. */
interface Change extends Leg {
  readonly wallet: Wallet;
}

/** Plans a transaction of many legs, all or nothing. */
export function planCompound(state: LedgerState, command: Command, movement: CompoundMovement): Posted {
  const changes = eachInOrder(legsOf(movement), (leg) => ({
    ...leg,
    wallet: resolveWallet(state, leg.asset, leg.address),
  }));
  eachInOrder(changes, ({ asset }) => checkAsset(state, asset));
  eachInOrder(changes, ({ wallet }) => checkSubject(wallet));
  checkReference(state, command);
  eachInOrder(changes, ({ wallet, expectedVersion }) => checkVersion(wallet, expectedVersion));
  eachInOrder(changes, (change) => checkLimits(state, change));
  eachInOrder(netDebits(changes), ({ wallet, units }) => checkFunds(wallet, units));

  const postTime = postTimeOf(
    state,
    changes.map(({ wallet }) => wallet),
  );
  const { postings, wallets } = postAll(changes, { transactionId: command.claim.operationId, postTime });
  assertBalanced(postings);
  const outcome = { state: "POSTED", refusedReason: null, postTime } as const;
  return {
    kind: "accepted",
    command,
    transaction: transactionOf(state, command, compoundOutline(movement), outcome),
    postings,
    wallets,
    hold: null,
    refundTotal: null,
    job: null,
    operation: null,
  };
}

/** No one asset, amount, source or destination: its postings say what it moved. */
export function compoundOutline({ exchanges }: CompoundMovement): Outline {
  return {
    ...plainOutline,
    type: "COMPOUND",
    asset: null,
    amount: null,
    sourceWalletId: null,
    destinationWalletId: null,
    exchanges,
  };
}

/** Only legs can be limited: a system wallet, as FX is, has no limits but its floor. */
function checkLimits(state: LedgerState, { wallet, amount }: Change): void {
  if (amount < 0n) checkOutgoing(state, wallet, -amount);
  else checkCeiling(wallet, amount);
}

/** What goes out of each wallet on balance. Only an FX wallet can have more than one change. */
function netDebits(changes: readonly Change[]): { wallet: Wallet; units: bigint }[] {
  const net = new Map<string, { wallet: Wallet; units: bigint }>();
  for (const { wallet, amount } of changes)
    net.set(wallet.id, { wallet, units: (net.get(wallet.id)?.units ?? 0n) - amount });
  return [...net.values()].filter(({ units }) => units > 0n);
}

/**
 * Posts every change, each on top of the one before in its wallet. A waiver of the floor shrinks with the last of them
 * only: a credit before it would take away what a debit behind it needs.
 */
function postAll(
  changes: readonly Change[],
  by: { transactionId: string; postTime: bigint },
): { postings: Posting[]; wallets: Wallet[] } {
  const postings: Posting[] = [];
  const after = new Map<string, Wallet>();
  const last = new Map(changes.map(({ wallet }, index) => [wallet.id, index]));
  for (const [index, { wallet: before, amount }] of changes.entries()) {
    const wallet = after.get(before.id) ?? before;
    if (!fitsBalance(wallet.balance + amount)) throw balanceOverflow(wallet, amount);
    const waiver = last.get(wallet.id) === index ? "shrunk" : "kept";
    const posted = post(wallet, { ...by, amount, waiver });
    postings.push(posted.posting);
    after.set(wallet.id, posted.wallet);
  }
  return { postings, wallets: [...after.values()] };
}
