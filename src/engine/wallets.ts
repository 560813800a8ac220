import { lockAssetsForRead, lockHoldersForRead, lockWallets } from "../db/locks.js";
import { insertWallets, updateStatuses } from "../db/wallet-writes.js";
import {
  assetFrozen,
  assetNotFound,
  checkVersion,
  holderNotFound,
  holderSuspended,
  walletClosed,
} from "../ledger/rules.js";
import {
  holderWalletId,
  type SystemRole,
  unopenedWallet,
  type Wallet,
  type WalletStatus,
  type WalletView,
} from "../ledger/wallet.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { ActContext } from "./acts.js";
import { announce } from "./events.js";
import { type LockedWallet, lockNamedWallet, type NamedWallet, viewOf } from "./named-wallet.js";

/** Opens a holder's wallet for an asset before anything is credited to it. */
export async function createWallet(
  { session, locks, now }: ActContext,
  given: { holderId: string; asset: string },
): Promise<WalletView> {
  const id = holderWalletId(given.asset, given.holderId);
  const [asset] = await lockAssetsForRead(locks, session, [given.asset]);
  if (asset === undefined) throw assetNotFound(given.asset);
  const [present] = await lockWallets(locks, session, [id], "wait");
  const [holder] = await lockHoldersForRead(locks, session, [given.holderId]);
  if (holder === undefined) throw holderNotFound(given.holderId);
  if (asset.status === "FROZEN") throw assetFrozen(asset.code);
  if (holder.status !== "ACTIVE") throw holderSuspended(holder.id);
  if (present !== undefined) {
    throw new WalletError(
      "WALLET_EXISTS",
      `Holder ${holder.id} has wallet ${id} for ${asset.code} already.`,
      {
        metadata: { wallet_id: id, holder_id: holder.id, asset: asset.code },
      },
    );
  }
  const wallet = { ...unopenedWallet(id, asset.code, holder.id, now), version: 1n };
  await insertWallets(session, [wallet]);
  await announce(session, [wallet], "opened");
  return viewOf(wallet);
}

/** Freezes or unfreezes a wallet. Nothing is posted to a frozen wallet after this is answered. */
export async function setWalletStatus(
  context: ActContext,
  named: NamedWallet,
  status: "ACTIVE" | "FROZEN",
): Promise<WalletView> {
  const locked = await lockNamedWallet(context, named);
  if (locked.wallet.status === "CLOSED") throw walletClosed(locked.wallet.id);
  return writeStatus(context, locked, status);
}

/**
 * Closes an empty wallet for good. Nothing is posted to it after this is answered.
 *
 * @throws VERSION_MISMATCH, WALLET_NOT_EMPTY, what `lockNamedWallet` throws, and INVALID_FIELD for a system wallet
 */
export async function closeWallet(
  context: ActContext,
  named: NamedWallet,
  expectedVersion: bigint | null,
): Promise<WalletView> {
  const locked = await lockNamedWallet(context, named);
  const { wallet } = locked;
  if (wallet.systemRole !== null) throw systemWalletStays(wallet.systemRole);
  checkVersion(wallet, expectedVersion);
  if (wallet.balance !== 0n || wallet.held !== 0n) throw walletNotEmpty(wallet);
  return writeStatus(context, locked, "CLOSED");
}

async function writeStatus(
  { session }: ActContext,
  { wallet, now }: LockedWallet,
  status: WalletStatus,
): Promise<WalletView> {
  if (wallet.status === status) return viewOf(wallet);
  const changed = { ...wallet, status, version: wallet.version + 1n, updateTime: now };
  await updateStatuses(session, [changed]);
  await announce(session, [changed], "status");
  return viewOf(changed);
}

function walletNotEmpty({ id, asset, balance, held }: Wallet): WalletError {
  return new WalletError(
    "WALLET_NOT_EMPTY",
    `Wallet ${id} has ${balance} ${asset}, ${held} of it held. Only an empty wallet can be closed.`,
    { metadata: { wallet_id: id, asset, posted_units: `${balance}`, held_units: `${held}` } },
  );
}

function systemWalletStays(role: SystemRole): WalletError {
  const description = `must be a holder's; ${role} is a system wallet, which cannot be closed`;
  return new WalletError("INVALID_FIELD", `wallet: ${description}`, {
    metadata: { fields: "wallet" },
    violations: [{ field: "wallet", description }],
  });
}
