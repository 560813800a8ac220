import { findAsset } from "../db/assets.js";
import { findHolder } from "../db/holders.js";
import type { Pool } from "../db/pool.js";
import { findWallet } from "../db/wallets.js";
import type { WalletAddress } from "../ledger/movement.js";
import { assetMismatch, assetNotFound, holderNotFound, walletNotFound } from "../ledger/rules.js";
import type { Posting } from "../ledger/transaction.js";
import type { Wallet } from "../ledger/wallet.js";
import type { WalletError } from "../ledger/wallet-error.js";
import type { Caller } from "./access/caller.js";
import { assertOwnNamed, notYourWallet } from "./decode/wallet-ref.js";

/**
 * The wallet that a read names. Named by its id alone, it may only be told to be somebody else's once it is read, and
 * then a `holder` learns no more than for one that does not exist.
 *
 * @throws NOT_YOUR_WALLET, ASSET_NOT_FOUND, HOLDER_NOT_FOUND, WALLET_NOT_FOUND or ASSET_MISMATCH
 */
export async function readNamedWallet(
  reader: Pool,
  caller: Caller,
  address: WalletAddress,
  asset: string,
): Promise<Wallet> {
  return assertReadable(reader, caller, {
    address,
    asset,
    wallet: await findWallet(reader, address.walletId),
  });
}

/**
 * Lets a `holder` at lists of its own wallets only, before anything of them is read: how long a page takes would tell of
 * another's wallet. One that is named by its id has to be looked up for that.
 *
 * @throws the same
 */
export async function assertListable(
  reader: Pool,
  caller: Caller,
  { address, asset }: { address: WalletAddress; asset: string },
): Promise<void> {
  assertOwnNamed(caller, address);
  if (address.holderId === null && caller.role === "holder")
    await readNamedWallet(reader, caller, address, asset);
}

/**
 * The asset of a wallet that a list names. A posting to it proves that it exists, and tells its asset; so it is looked up
 * only where the list has none, or not of the asset that was asked for.
 *
 * @throws the same
 */
export async function assetOfListed(
  reader: Pool,
  caller: Caller,
  { address, asset, posting }: { address: WalletAddress; asset: string; posting: Posting | undefined },
): Promise<string> {
  if (posting !== undefined && (asset === "" || posting.asset === asset)) return posting.asset;
  return (await readNamedWallet(reader, caller, address, asset)).asset;
}

/** The same for a wallet that was looked up already. */
export async function assertReadable(
  reader: Pool,
  caller: Caller,
  { address, asset, wallet }: { address: WalletAddress; asset: string; wallet: Wallet | undefined },
): Promise<Wallet> {
  if (caller.role === "holder" && address.holderId === null && wallet?.holderId !== caller.subject) {
    throw notYourWallet();
  }
  if (wallet !== undefined && (asset === "" || wallet.asset === asset)) return wallet;
  if (asset !== "" && (await findAsset(reader, asset)) === undefined) throw assetNotFound(asset);
  throw wallet === undefined ? await whyMissing(reader, address) : assetMismatch(wallet.id, asset);
}

/** The most telling reason why a wallet of an asset that there is, is not there. */
async function whyMissing(reader: Pool, address: WalletAddress): Promise<WalletError> {
  const { holderId } = address;
  if (holderId !== null && (await findHolder(reader, holderId)) === undefined)
    return holderNotFound(holderId);
  return walletNotFound(address.walletId);
}
