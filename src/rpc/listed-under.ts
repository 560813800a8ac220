import type { TransactionRecord } from "../db/transactions.js";
import { assetsOf } from "../ledger/original.js";
import { holderWalletId, isSystemWallet } from "../ledger/wallet.js";

// A wallet's id is derived from its asset and its holder or role, so whose it is, and of which asset, needs no look-up.

/** Whether one of the wallets a transaction is listed under is this holder's. */
export function isListedForHolder(record: TransactionRecord, holderId: string): boolean {
  const assets = assetsOf(record);
  // A refused one over several assets names none; it is listed for the one holder that it is about.
  if (assets.length === 0) return record.transaction.onBehalfOf === holderId;
  return assets.some((asset) => record.walletIds.includes(holderWalletId(asset, holderId)));
}

/** Whether a transaction is of this asset, as it names it, moved it, or is listed under a wallet of it. */
export function isListedForAsset(record: TransactionRecord, asset: string): boolean {
  const assets = assetsOf(record);
  if (assets.length > 0) return assets.includes(asset);
  const ofHolder = holderWalletId(asset, record.transaction.onBehalfOf);
  return record.walletIds.some((id) => id === ofHolder || isSystemWallet(asset, id));
}
