import { postingHash } from "./chain.js";
import { shrinkWaiver } from "./floor-waiver.js";
import { assertBalanced } from "./invariant.js";
import type { LedgerState } from "./state.js";
import type { Posting } from "./transaction.js";
import { balanceOf, type Wallet } from "./wallet.js";

/** What a posting does to a wallet. */
export interface PostingTerms {
  readonly transactionId: string;
  /** Positive for a credit, negative for a debit. */
  readonly amount: bigint;
  /** What it adds to what is held, or takes from it; nothing when it is left out. */
  readonly heldChange?: bigint;
  /**
   * Whether a waiver of the floor is kept, because the transaction posts to the wallet again, or what is no longer needed
   * of it is taken away. When it is left out, a posting takes away that leaves more in the wallet than before.
   */
  readonly waiver?: "kept" | "shrunk";
  readonly postTime: bigint;
}

/** Posts to a wallet: the posting, chained to the one before, and the wallet after it. */
export function post(wallet: Wallet, by: PostingTerms): { posting: Posting; wallet: Wallet } {
  const heldChange = by.heldChange ?? 0n;
  const changed = copyOf(wallet, {
    balance: wallet.balance + by.amount,
    held: wallet.held + heldChange,
    version: wallet.version + 1n,
    postingSeq: wallet.postingSeq + 1n,
    lastPostTime: by.postTime,
    updateTime: by.postTime,
  });
  // A debit leaves a waiver alone: another leg of the same reversal may need it.
  const shrinks = by.waiver === undefined ? by.amount > heldChange : by.waiver === "shrunk";
  const moved = shrinks ? shrinkWaiver(changed) : changed;
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
  return { posting: { hash, ...unhashed }, wallet: copyOf(moved, { chainHead: hash }) };
}

/** A spread with properties behind it would say the same, but takes V8 several microseconds for a wallet. */
function copyOf(wallet: Wallet, changes: Partial<Wallet>): Wallet {
  return Object.assign({}, wallet, changes);
}

/** A change of one wallet within a transaction. */
export interface Leg {
  readonly walletId: string;
  /** Positive for a credit, negative for a debit. */
  readonly amount: bigint;
}

/**
 * Posts the legs of a transaction, in their order and all at one time, to wallets that were checked.
 *
 * @param wallets the wallets of the legs, each once; they are returned in this order, as they are afterwards.
 */
export function postAll(
  state: LedgerState,
  transactionId: string,
  wallets: readonly Wallet[],
  legs: readonly Leg[],
): { postings: Posting[]; wallets: Wallet[]; postTime: bigint } {
  const postTime = postTimeOf(state, wallets);
  const moved = new Map(wallets.map((wallet) => [wallet.id, wallet]));
  const postings = legs.map(({ walletId, amount }) => {
    const before = moved.get(walletId);
    if (before === undefined) throw new Error(`a leg names wallet ${walletId}, which was not resolved`);
    const { posting, wallet } = post(before, { transactionId, amount, postTime });
    moved.set(walletId, wallet);
    return posting;
  });
  assertBalanced(postings);
  return { postings, wallets: [...moved.values()], postTime };
}

/** When a transaction over these wallets is posted: now, but never before the last posting of any of them. */
export function postTimeOf({ now }: Pick<LedgerState, "now">, wallets: readonly Wallet[]): bigint {
  let latest = now;
  for (const { lastPostTime } of wallets)
    if (lastPostTime !== null && lastPostTime > latest) latest = lastPostTime;
  return latest;
}
