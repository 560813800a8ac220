import { destinationUnavailable } from "./rules.js";
import type { LedgerState } from "./state.js";
import { limitedTypes, type Posting, type TransactionType } from "./transaction.js";
import type { Asset, Wallet } from "./wallet.js";
import { WalletError } from "./wallet-error.js";

/** The span of time that a daily limit looks back over, in microseconds: any 24 hours, not a calendar day. */
export const dailySpanMicros = 86_400_000_000n;

/** The limits, under the names that a refusal gives them. */
type LimitName = "max_balance" | "transaction" | "asset_transaction" | "daily" | "asset_daily";

/** A limit, and how much more it lets through; both in smallest units. */
interface Limit {
  readonly name: LimitName;
  readonly units: bigint;
  /** Not negative. */
  readonly headroom: bigint;
}

/** Whether the sum of what went out of this wallet has to be known before more may go out. */
export function hasDailyLimit(wallet: Wallet, asset: Asset | undefined): boolean {
  return wallet.holderId !== null && (wallet.dailyLimit !== null || (asset?.dailyLimit ?? null) !== null);
}

/**
 * Whether this much may go out of a wallet, by its own limits and by those that its asset sets for every holder's
 * wallet; the tighter one decides. What is held counts as gone: it was let through when it was authorized, so that a
 * capture is not asked again.
 *
 * @param amount positive, in smallest units.
 * @throws LIMIT_EXCEEDED
 */
export function checkOutgoing(state: LedgerState, wallet: Wallet, amount: bigint): void {
  if (wallet.holderId === null) return;
  const asset = state.assets.get(wallet.asset);
  checkTightest(wallet, amount, [
    ...limitOf("transaction", wallet.transactionLimit, 0n),
    ...limitOf("asset_transaction", asset?.transactionLimit ?? null, 0n),
  ]);
  if (!hasDailyLimit(wallet, asset)) return;
  const gone = outgoingOf(state, wallet) + wallet.held;
  checkTightest(wallet, amount, [
    ...limitOf("daily", wallet.dailyLimit, gone),
    ...limitOf("asset_daily", asset?.dailyLimit ?? null, gone),
  ]);
}

/**
 * Whether a wallet may receive this much without passing its ceiling.
 *
 * @param amount positive, in smallest units.
 * @throws LIMIT_EXCEEDED
 */
export function checkCeiling(wallet: Wallet, amount: bigint): void {
  checkTightest(wallet, amount, limitOf("max_balance", wallet.maxBalance, wallet.balance));
}

/**
 * The same for the wallet of the other side, whose figures are not the caller's to know.
 *
 * @throws DESTINATION_UNAVAILABLE
 */
export function checkOtherCeiling(wallet: Wallet, amount: bigint): void {
  if (wallet.maxBalance !== null && wallet.balance + amount > wallet.maxBalance)
    throw destinationUnavailable();
}

/** Adds what a transaction takes out of the wallets whose sums are known, for the commands planned after it. */
export function countOutgoing(
  outgoing: Map<string, bigint>,
  type: TransactionType,
  postings: readonly Posting[],
): void {
  if (outgoing.size === 0 || !limitedTypes.includes(type)) return;
  for (const { walletId, amount } of postings) {
    const gone = outgoing.get(walletId);
    if (gone !== undefined && amount < 0n) outgoing.set(walletId, gone - amount);
  }
}

function outgoingOf({ outgoing }: LedgerState, { id }: Wallet): bigint {
  const gone = outgoing.get(id);
  if (gone === undefined) throw new Error(`what went out of wallet ${id} was not read; see Touches.debited`);
  return gone;
}

function limitOf(name: LimitName, units: bigint | null, used: bigint): Limit[] {
  if (units === null) return [];
  return [{ name, units, headroom: units > used ? units - used : 0n }];
}

/** Names the limit that leaves the least; of two that leave the same, the first. */
function checkTightest(wallet: Wallet, amount: bigint, limits: readonly Limit[]): void {
  let tightest: Limit | undefined;
  for (const limit of limits)
    if (tightest === undefined || limit.headroom < tightest.headroom) tightest = limit;
  if (tightest !== undefined && amount > tightest.headroom) throw limitExceeded(wallet, amount, tightest);
}

function limitExceeded(wallet: Wallet, amount: bigint, { name, units, headroom }: Limit): WalletError {
  return new WalletError(
    "LIMIT_EXCEEDED",
    `The ${name} limit of ${units} ${wallet.asset} leaves wallet ${wallet.id} room for ${headroom}, not for the ${amount} asked for.`,
    {
      metadata: {
        limit: name,
        limit_units: `${units}`,
        requested_units: `${amount}`,
        headroom_units: `${headroom}`,
        wallet_id: wallet.id,
        asset: wallet.asset,
      },
    },
  );
}
