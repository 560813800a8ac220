import { readClock } from "../db/clock.js";
import { lockAssetsForRead, lockHoldersForRead, lockWallets } from "../db/locks.js";
import type { WalletAddress } from "../ledger/movement.js";
import { postTimeOf } from "../ledger/post.js";
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

/** A wallet under its lock. */
export interface LockedWallet {
  readonly wallet: Wallet;
  /** The time of what is done to it, in microseconds since 1970: never before its last posting. */
  readonly now: bigint;
}

/**
 * Locks the wallet that an act is done to, and releases what it holds beyond its time. The clock is read under the lock:
 * while the act waited for it, holds have expired and others have changed the wallet.
 *
 * @throws ASSET_NOT_FOUND, HOLDER_NOT_FOUND, WALLET_NOT_FOUND or ASSET_MISMATCH
 */
export async function lockNamedWallet(
  context: ActContext,
  { address, asset }: NamedWallet,
): Promise<LockedWallet> {
  const { session, locks } = context;
  const [known] = asset === "" ? [] : await lockAssetsForRead(locks, session, [asset]);
  if (asset !== "" && known === undefined) throw assetNotFound(asset);
  const [[wallet], clock] = await Promise.all([
    lockWallets(locks, session, [address.walletId], "wait"),
    readClock(session),
  ]);
  if (wallet === undefined) throw await whyMissing(context, address);
  if (asset !== "" && wallet.asset !== asset) throw assetMismatch(wallet.id, asset);
  const now = postTimeOf({ now: clock }, [wallet]);
  const [released = wallet] = await releaseExpired({ session, now }, [wallet]);
  return { wallet: released, now };
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
