import { updateLimits } from "../db/wallet-limits.js";
import { checkVersion, walletClosed } from "../ledger/rules.js";
import type { Wallet, WalletLimits, WalletView } from "../ledger/wallet.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { ActContext } from "./acts.js";
import { announceLimits } from "./events.js";
import { lockNamedWallet, type NamedWallet, viewOf } from "./named-wallet.js";

/**
 * Replaces all limits of a wallet. What is posted after this is answered keeps to them; a balance above a new ceiling
 * stays as it is.
 *
 * A floor that stays keeps its waiver, so that the other limits of a wallet that owes can be set; a new one has none.
 *
 * @throws WALLET_CLOSED, VERSION_MISMATCH, INSUFFICIENT_FUNDS, what `lockNamedWallet` throws, and INVALID_FIELD where a
 * system wallet cannot have such a limit
 */
export async function setWalletLimits(
  context: ActContext,
  named: NamedWallet,
  given: { readonly limits: WalletLimits; readonly expectedVersion: bigint | null },
): Promise<WalletView> {
  const { limits } = given;
  const { wallet, now } = await lockNamedWallet(context, named);
  checkSystemWallet(wallet, limits);
  if (wallet.status === "CLOSED") throw walletClosed(wallet.id);
  checkVersion(wallet, given.expectedVersion);
  if (hasLimits(wallet, limits)) return viewOf(wallet);
  if (limits.minBalance !== wallet.minBalance) checkFloor(wallet, limits.minBalance);
  const changed: Wallet = {
    ...wallet,
    ...limits,
    floorWaiver: limits.minBalance === wallet.minBalance ? wallet.floorWaiver : 0n,
    version: wallet.version + 1n,
    updateTime: now,
  };
  await updateLimits(context.session, changed);
  await announceLimits(context.session, changed);
  return viewOf(changed);
}

/** A system wallet plays its part for everybody: only how far it may give can be set, and the outside world has no end. */
function checkSystemWallet({ systemRole }: Wallet, limits: WalletLimits): void {
  if (systemRole === null) return;
  if (systemRole === "TREASURY") throw invalid("wallet", "must not be TREASURY, which has no limits");
  const { maxBalance, transactionLimit, dailyLimit } = limits;
  if (maxBalance !== null) throw invalid("max_balance_units", "must be absent for a system wallet");
  if (transactionLimit !== null)
    throw invalid("transaction_limit_units", "must be absent for a system wallet");
  if (dailyLimit !== null) throw invalid("daily_limit_units", "must be absent for a system wallet");
}

function hasLimits(wallet: Wallet, limits: WalletLimits): boolean {
  return (
    wallet.minBalance === limits.minBalance &&
    wallet.maxBalance === limits.maxBalance &&
    wallet.transactionLimit === limits.transactionLimit &&
    wallet.dailyLimit === limits.dailyLimit
  );
}

function checkFloor(wallet: Wallet, floor: bigint): void {
  const free = wallet.balance - wallet.held;
  if (floor <= free) return;
  throw new WalletError(
    "INSUFFICIENT_FUNDS",
    `A floor of ${floor} ${wallet.asset} is ${floor - free} above the ${free} that wallet ${wallet.id} has apart from its holds.`,
    {
      metadata: {
        wallet_id: wallet.id,
        asset: wallet.asset,
        available_units: `${free}`,
        requested_units: `${floor}`,
        shortfall_units: `${floor - free}`,
      },
    },
  );
}

function invalid(field: string, description: string): WalletError {
  return new WalletError("INVALID_FIELD", `${field}: ${description}`, {
    metadata: { fields: field },
    violations: [{ field, description }],
  });
}
