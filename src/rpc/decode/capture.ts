import type { CaptureHoldRequest, CaptureSplit } from "../../gen/wallet/v1/hold_pb.js";
import type { Money } from "../../gen/wallet/v1/money_pb.js";
import { SystemRole } from "../../gen/wallet/v1/wallet_pb.js";
import { amountMax } from "../../ledger/amount.js";
import {
  addressOfHolder,
  addressOfSystem,
  addressOfWallet,
  type Split,
  type WalletAddress,
} from "../../ledger/movement.js";
import { WalletError } from "../../ledger/wallet-error.js";
import { Check } from "./check.js";
import { checkAssetCode, checkHolderId, checkUuid } from "./text.js";
import { checkNotTreasury } from "./wallet-ref.js";

const splitsMax = 10;

/** Who receives a split, before it is known which asset the hold is of. */
type Target =
  | { readonly kind: "wallet"; readonly walletId: string }
  | { readonly kind: "holder"; readonly holderId: string }
  | { readonly kind: "system" };

/** How much is captured and where it goes, as the request says it. */
export interface CaptureTerms {
  /** What the request names; null when it names none. */
  readonly amount: bigint | null;
  readonly assets: readonly string[];
  readonly splits: readonly { readonly target: Target; readonly amount: bigint | null }[];
}

export function decodeCaptureTerms(check: Check, request: CaptureHoldRequest): CaptureTerms {
  const amount = decodeUnits(check, "amount", request.amount);
  check.that(request.splits.length <= splitsMax, "splits", `must be at most ${splitsMax}`);
  const splits = request.splits.slice(0, splitsMax).map((split, index) => ({
    target: decodeTarget(check, `splits[${index}]`, split),
    amount: decodeUnits(check, `splits[${index}].amount`, split.amount),
  }));
  const open = splits.filter((split) => split.amount === null).length;
  check.that(open <= 1, "splits", "must name their amounts, all but one");
  check.that(namedBy(splits) <= amountMax, "splits", "must sum to at most the largest 64-bit integer");
  const named = [request.amount, ...request.splits.map((split) => split.amount)];
  return { amount, assets: [...new Set(named.flatMap((money) => money?.asset ?? []))], splits };
}

/**
 * The splits of a capture from this hold: all to REVENUE when there are none.
 *
 * @throws INVALID_FIELD when one of them is TREASURY, and SAME_WALLET when one is the wallet of the hold, or two are
 * the same.
 */
export function splitsFor(hold: { walletId: string; asset: string }, { splits }: CaptureTerms): Split[] {
  if (splits.length === 0) return splitsFor(hold, { amount: null, assets: [], splits: [allToRevenue] });
  const check = new Check();
  const named = splits.map(({ target, amount }, index) => {
    const wallet = addressOf(target, hold.asset);
    checkNotTreasury(check, `splits[${index}].wallet`, hold.asset, wallet);
    return { wallet, amount };
  });
  check.done();
  const seen = new Set([hold.walletId]);
  for (const { wallet } of named) {
    if (seen.has(wallet.walletId)) throw sameWallet(wallet.walletId);
    seen.add(wallet.walletId);
  }
  return named;
}

/**
 * How much the request captures; null for all that the hold still holds.
 *
 * @throws LEGS_UNBALANCED when the splits do not sum to its amount, or leave nothing to the one without.
 */
export function capturedAmount({ amount, splits }: CaptureTerms): bigint | null {
  const sum = namedBy(splits);
  const open = splits.length === 0 || splits.some((split) => split.amount === null);
  if (amount === null) return open ? null : sum;
  if (open ? sum >= amount : sum !== amount) throw legsUnbalanced(amount, sum);
  return amount;
}

/** The splits as a fingerprint takes them, each under its place in the request. */
export function splitPairs(splits: readonly Split[]): [string, string][] {
  return splits.map(({ wallet, amount }, index) => [`${index}`, `${wallet.walletId} ${amount ?? ""}`]);
}

const allToRevenue = { target: { kind: "system" }, amount: null } as const;

function decodeUnits(check: Check, field: string, money: Money | undefined): bigint | null {
  if (money === undefined) return null;
  checkAssetCode(check, `${field}.asset`, money.asset);
  check.that(
    money.units > 0n,
    `${field}.units`,
    "must be positive, a whole number of the asset's smallest units",
  );
  return money.units;
}

function decodeTarget(check: Check, field: string, { target }: CaptureSplit): Target {
  if (target.case === "systemRole") {
    const isRevenue = target.value === SystemRole.REVENUE;
    check.that(isRevenue, `${field}.system_role`, "must be SYSTEM_ROLE_REVENUE");
    return { kind: "system" };
  }
  const ref = target.value?.ref;
  if (ref?.case === "walletId") {
    checkUuid(check, `${field}.wallet.wallet_id`, ref.value);
    return { kind: "wallet", walletId: ref.value.toLowerCase() };
  }
  if (ref?.case === "holderId") {
    checkHolderId(check, `${field}.wallet.holder_id`, ref.value);
    return { kind: "holder", holderId: ref.value };
  }
  check.wrong(field, "needs a target: give wallet.holder_id, wallet.wallet_id or system_role");
  return { kind: "system" };
}

function addressOf(target: Target, asset: string): WalletAddress {
  switch (target.kind) {
    case "wallet":
      return addressOfWallet(target.walletId);
    case "holder":
      return addressOfHolder(asset, target.holderId);
    case "system":
      return addressOfSystem(asset, "REVENUE");
  }
}

function namedBy(splits: CaptureTerms["splits"]): bigint {
  return splits.reduce((sum, { amount }) => sum + (amount ?? 0n), 0n);
}

function sameWallet(walletId: string): WalletError {
  return new WalletError(
    "SAME_WALLET",
    `Wallet ${walletId} has two sides of the capture. Name each wallet once, and not that of the hold.`,
    { metadata: { wallet_id: walletId } },
  );
}

function legsUnbalanced(amount: bigint, sum: bigint): WalletError {
  return new WalletError(
    "LEGS_UNBALANCED",
    `The splits name ${sum} units of the ${amount} to capture. Their sum must be the amount.`,
    { metadata: { amount_units: `${amount}`, splits_units: `${sum}` } },
  );
}
