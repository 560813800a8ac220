import { fitsBalance } from "./amount.js";
import type { Command } from "./command.js";
import { type Hold, heldBy, resolved } from "./hold.js";
import { checkActive, resolveHold } from "./hold-rules.js";
import { assertBalanced } from "./invariant.js";
import type { CaptureMovement, Split, WalletAddress } from "./movement.js";
import type { Posted } from "./plan.js";
import { post, postTimeOf } from "./post.js";
import { plainOutline, transactionOf } from "./record.js";
import {
  assetMismatch,
  balanceOverflow,
  checkAsset,
  checkOtherSide,
  checkReference,
  checkSubject,
  checkVersion,
  resolveWallet,
} from "./rules.js";
import type { LedgerState } from "./state.js";
import type { Outline } from "./transaction.js";
import type { Wallet } from "./wallet.js";
import { WalletError } from "./wallet-error.js";
import { checkOtherCeiling } from "./wallet-limits.js";

/** What one wallet receives of a capture. */
interface Share {
  readonly wallet: Wallet;
  readonly amount: bigint;
}

/** Plans to take part or all of what a hold holds. What is available does not matter: it was set aside for this. */
export function planCapture(state: LedgerState, command: Command, movement: CaptureMovement): Posted {
  const { hold, wallet: source } = resolveHold(state, movement);
  const destinations = resolveSplits(state, hold.asset, movement.splits);
  for (const asset of movement.assets) if (asset !== hold.asset) throw assetMismatch(source.id, asset);
  checkActive(hold);
  checkAsset(state, hold.asset);
  checkSubject(source);
  for (const wallet of destinations) checkOtherSide(wallet);
  checkReference(state, command);
  checkVersion(source, movement.expectedVersion);
  const amount = amountOf(movement, hold);
  const shares = sharesOf(movement.splits, destinations, amount);
  for (const share of shares) checkRoom(share);
  return postCapture(state, command, {
    movement,
    hold: captured(state, hold, movement, amount),
    source,
    shares,
  });
}

/** What a capture says it moves. */
export function captureOutline({ holdId, hold, splits, amount }: CaptureMovement): Outline {
  const [only] = splits;
  return {
    ...plainOutline,
    type: "CAPTURE",
    asset: hold?.asset ?? null,
    amount,
    sourceWalletId: hold?.walletId ?? null,
    destinationWalletId: splits.length === 1 ? (only?.wallet.walletId ?? null) : null,
    holdId,
  };
}

/** The wallets of the splits, in their order. */
function resolveSplits(state: LedgerState, asset: string, splits: readonly Split[]): Wallet[] {
  // A holder that is missing is told of before a wallet that is, and that before a wallet of another asset.
  const rank = ({ wallet }: Split) => rankOf(state, wallet);
  for (const { wallet } of splits.toSorted((a, b) => rank(a) - rank(b))) resolveWallet(state, asset, wallet);
  return splits.map(({ wallet }) => resolveWallet(state, asset, wallet));
}

function rankOf(state: LedgerState, { walletId, holderId }: WalletAddress): number {
  if (state.wallets.has(walletId)) return 2;
  return holderId === null ? 1 : 0;
}

/**
 * How much is captured. Without an amount it is all that the hold holds, of which the split without one needs a unit.
 *
 * @throws HOLD_AMOUNT_EXCEEDED
 */
function amountOf({ amount, splits }: CaptureMovement, hold: Hold): bigint {
  const held = heldBy(hold);
  if (amount === null) {
    const least = namedBy(splits) + 1n;
    if (least > held) throw holdAmountExceeded(hold, least);
    return held;
  }
  if (amount > held) throw holdAmountExceeded(hold, amount);
  return amount;
}

function sharesOf(splits: readonly Split[], destinations: readonly Wallet[], amount: bigint): Share[] {
  const left = amount - namedBy(splits);
  return destinations.map((wallet, index) => ({ wallet, amount: splits[index]?.amount ?? left }));
}

function namedBy(splits: readonly Split[]): bigint {
  return splits.reduce((sum, { amount }) => sum + (amount ?? 0n), 0n);
}

function checkRoom({ wallet, amount }: Share): void {
  checkOtherCeiling(wallet, amount);
  if (!fitsBalance(wallet.balance + amount)) throw balanceOverflow(wallet, amount);
}

/** The hold after a capture: resolved when nothing is left, or when what is left is to be released. */
function captured({ now }: LedgerState, hold: Hold, { final }: CaptureMovement, amount: bigint): Hold {
  const after = { ...hold, captured: hold.captured + amount };
  return final || after.captured === hold.amount ? resolved(after, "CAPTURED", now) : after;
}

function postCapture(
  state: LedgerState,
  command: Command,
  {
    movement,
    hold,
    source,
    shares,
  }: { movement: CaptureMovement; hold: Hold; source: Wallet; shares: Share[] },
): Posted {
  const amount = shares.reduce((sum, share) => sum + share.amount, 0n);
  const postTime = postTimeOf(state, [source, ...shares.map(({ wallet }) => wallet)]);
  const transactionId = command.claim.operationId;
  const heldChange = -(amount + hold.released);
  const debit = post(source, { transactionId, amount: -amount, heldChange, postTime });
  const credits = shares.map((share) =>
    post(share.wallet, { transactionId, amount: share.amount, postTime }),
  );
  const postings = [debit, ...credits].map(({ posting }) => posting);
  assertBalanced(postings);
  const outcome = { state: "POSTED", refusedReason: null, postTime } as const;
  return {
    kind: "accepted",
    command,
    transaction: transactionOf(state, command, { ...captureOutline(movement), amount }, outcome),
    postings,
    wallets: [debit, ...credits].map(({ wallet }) => wallet),
    hold,
    refundTotal: null,
    job: null,
    operation: null,
  };
}

function holdAmountExceeded(hold: Hold, requested: bigint): WalletError {
  const held = heldBy(hold);
  return new WalletError(
    "HOLD_AMOUNT_EXCEEDED",
    `Hold ${hold.id} still holds ${held} ${hold.asset}, fewer than the ${requested} that the capture needs.`,
    {
      metadata: {
        hold_id: hold.id,
        asset: hold.asset,
        held_units: `${held}`,
        requested_units: `${requested}`,
      },
    },
  );
}
