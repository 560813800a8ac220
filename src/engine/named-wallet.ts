import { lockAssetsForRead, lockHoldersForRead, lockWallets } from "../db/locks.js";
import type { WalletAddress } from "../ledger/movement.js";
import { assetMismatch, assetNotFound, holderNotFound, walletNotFound } from "../ledger/rules.js";
import type { Wallet, WalletView } from "../ledger/wallet.js";
import type { WalletError } from "../ledger/wallet-error.js";
import type { ActContext } from "./acts.js";
import { releaseExpired } from "./holds.js";

/** The wallet that an act names, and its asset's code; empty where the wallet was named by its id alone. */
export interface NamedWallet {
  readonly address: WalletAddress;
  readonly asset: string;
}

/**
 * Locks the wallet that an act is done to, and releases what it holds beyond its time.
 *
 * @throws ASSET_NOT_FOUND, HOLDER_NOT_FOUND, WALLET_NOT_FOUND or ASSET_MISMATCH
 */
export async function lockNamedWallet(context: ActContext, { address, asset }: NamedWallet): Promise<Wallet> {
  const { session, locks } = context;
  const [known] = asset === "" ? [] : await lockAssetsForRead(locks, session, [asset]);
  if (asset !== "" && known === undefined) throw assetNotFound(asset);
  const [wallet] = await lockWallets(locks, session, [address.walletId], "wait");
  if (wallet === undefined) throw await whyMissing(context, address);
  if (asset !== "" && wallet.asset !== asset) throw assetMismatch(wallet.id, asset);
  const [released = wallet] = await releaseExpired(context, [wallet]);
  return released;
}

/** The wallet as an act answers it. */
export function viewOf({ chainHead: _, ...view }: Wallet): WalletView {
  return view;
}

async function whyMissing(
  { session, locks }: ActContext,
  { walletId, holderId }: WalletAddress,
): Promise<WalletError> {
  if (holderId === null) return walletNotFound(walletId);
  const [holder] = await lockHoldersForRead(locks, session, [holderId]);
  return holder === undefined ? holderNotFound(holderId) : walletNotFound(walletId);
}
