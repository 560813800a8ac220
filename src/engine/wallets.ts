import { lockAssetsForRead, lockHoldersForRead, lockWallets } from "../db/locks.js";
import { insertWallets, updateStatuses } from "../db/wallet-writes.js";
import type { WalletAddress } from "../ledger/movement.js";
import {
  assetFrozen,
  assetMismatch,
  assetNotFound,
  holderNotFound,
  holderSuspended,
  walletClosed,
  walletNotFound,
} from "../ledger/rules.js";
import { holderWalletId, unopenedWallet, type Wallet, type WalletView } from "../ledger/wallet.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { ActContext } from "./acts.js";
import { announce } from "./events.js";
import { releaseExpired } from "./holds.js";

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
  { session, locks, now }: ActContext,
  { address, asset }: { address: WalletAddress; asset: string },
  status: "ACTIVE" | "FROZEN",
): Promise<WalletView> {
  const [known] = asset === "" ? [] : await lockAssetsForRead(locks, session, [asset]);
  if (asset !== "" && known === undefined) throw assetNotFound(asset);
  const locked = await lockWallets(locks, session, [address.walletId], "wait");
  const [wallet] = await releaseExpired({ session, now }, locked);
  if (wallet === undefined) throw await whyMissing(locks, session, address);
  if (asset !== "" && wallet.asset !== asset) throw assetMismatch(wallet.id, asset);
  if (wallet.status === "CLOSED") throw walletClosed(wallet.id);
  if (wallet.status === status) return viewOf(wallet);
  const changed = { ...wallet, status, version: wallet.version + 1n, updateTime: now };
  await updateStatuses(session, [changed]);
  await announce(session, [changed], "status");
  return viewOf(changed);
}

async function whyMissing(
  locks: ActContext["locks"],
  session: ActContext["session"],
  { walletId, holderId }: WalletAddress,
): Promise<WalletError> {
  if (holderId === null) return walletNotFound(walletId);
  const [holder] = await lockHoldersForRead(locks, session, [holderId]);
  return holder === undefined ? holderNotFound(holderId) : walletNotFound(walletId);
}

function viewOf({ chainHead: _, ...view }: Wallet): WalletView {
  return view;
}
