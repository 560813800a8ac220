import { amountMax, balanceMin, fitsBalance } from "./amount.js";
import type { Command } from "./command.js";
import type { SimpleMovement, WalletAddress } from "./movement.js";
import { type LedgerState, type ReferenceType, referenceKey } from "./state.js";
import { floorOf, unopenedWallet, type Wallet } from "./wallet.js";
import { WalletError } from "./wallet-error.js";

/** The wallet that an address means: the locked one, or the one that a first credit would open. */
export function resolveWallet(state: LedgerState, asset: string, address: WalletAddress): Wallet {
  if (!state.assets.has(asset)) throw assetNotFound(asset);
  const wallet = state.wallets.get(address.walletId);
  if (wallet === undefined) return resolveUnopened(state, asset, address);
  if (wallet.asset !== asset) throw assetMismatch(wallet.id, asset);
  return wallet;
}

/** Whether the asset may be moved at all. */
export function checkAsset(state: LedgerState, asset: string): void {
  if (state.assets.get(asset)?.status === "FROZEN") throw assetFrozen(asset);
}

/** Whether the wallet that the caller speaks for may be moved at all. Its own problems are named. */
export function checkSubject(wallet: Wallet): void {
  checkParties([wallet]);
}

/**
 * Whether none of these wallets is stopped, where the caller may know of each one's problems. The reasons keep their
 * order: a suspended holder of any of them comes before a frozen wallet.
 */
export function checkParties(wallets: readonly Wallet[]): void {
  for (const wallet of wallets)
    if (wallet.holderStatus !== "ACTIVE") throw holderSuspended(wallet.holderId ?? "");
  for (const wallet of wallets) if (wallet.status === "FROZEN") throw walletFrozen(wallet.id);
  for (const wallet of wallets) if (wallet.status === "CLOSED") throw walletClosed(wallet.id);
}

/** The other side's wallet: whatever stops it, the caller learns only that it is unavailable. */
export function checkOtherSide(wallet: Wallet): void {
  if (wallet.status !== "ACTIVE" || wallet.holderStatus !== "ACTIVE") throw destinationUnavailable();
}

/** Whether the movement's external reference is still free. */
export function checkReference(state: LedgerState, { movement, touches }: Command): void {
  const { externalReference } = movement;
  for (const { asset, type } of touches.references) {
    const usedBy = state.references.get(referenceKey(asset, type, externalReference));
    if (usedBy !== undefined) throw referenceUsed({ asset, type, externalReference, usedBy });
  }
}

/** Whether the wallet has the version that the caller expects, if it expects one. */
export function checkVersion(wallet: Wallet, expected: bigint | null): void {
  if (expected !== null && expected !== wallet.version) throw versionMismatch(wallet, expected);
}

/** Whether the source has enough, and whether both new balances fit into 64 bits. */
export function checkAmounts(movement: SimpleMovement, source: Wallet, destination: Wallet): void {
  const { amount } = movement;
  checkFunds(source, amount);
  checkRoom(destination, amount);
}

/** Whether this much is available in a wallet. */
export function checkFunds(wallet: Wallet, amount: bigint): void {
  const shortfall = amount - (wallet.balance - wallet.held - floorOf(wallet));
  if (shortfall <= 0n) return;
  // A wallet without a floor of its own has only the integer's: it cannot be short of funds, only of room.
  if (wallet.minBalance === balanceMin) throw balanceOverflow(wallet, amount);
  throw insufficientFunds(wallet, amount, shortfall);
}

/** Whether this many units more fit into the other side's wallet, whose figures are not the caller's to know. */
export function checkOtherRoom(wallet: Wallet, amount: bigint): void {
  if (!fitsBalance(wallet.balance + amount)) throw destinationUnavailable();
}

/** Whether this many units more fit into the wallet. */
export function checkRoom(wallet: Wallet, amount: bigint): void {
  if (!fitsBalance(wallet.balance + amount)) throw balanceOverflow(wallet, amount);
}

export function assetNotFound(asset: string): WalletError {
  return new WalletError("ASSET_NOT_FOUND", `There is no asset ${asset}. ListAssets shows those there are.`, {
    metadata: { asset },
  });
}

export function transactionNotFound(transactionId: string): WalletError {
  return new WalletError("TRANSACTION_NOT_FOUND", `There is no transaction ${transactionId}.`, {
    metadata: { transaction_id: transactionId },
  });
}

export function assetMismatch(walletId: string, asset: string): WalletError {
  return new WalletError(
    "ASSET_MISMATCH",
    `Wallet ${walletId} does not hold ${asset}. Name a wallet of that asset.`,
    { metadata: { wallet_id: walletId, asset } },
  );
}

export function holderNotFound(holderId: string): WalletError {
  return new WalletError("HOLDER_NOT_FOUND", `There is no holder ${holderId}. CreateHolder makes one.`, {
    metadata: { holder_id: holderId },
  });
}

export function walletNotFound(walletId: string): WalletError {
  return new WalletError(
    "WALLET_NOT_FOUND",
    `There is no wallet ${walletId}. A wallet is opened by its first credit or by CreateWallet.`,
    { metadata: { wallet_id: walletId } },
  );
}

function resolveUnopened(state: LedgerState, asset: string, address: WalletAddress): Wallet {
  if (address.holderId === null) throw walletNotFound(address.walletId);
  const holderStatus = state.holders.get(address.holderId);
  if (holderStatus === undefined) throw holderNotFound(address.holderId);
  return { ...unopenedWallet(address.walletId, asset, address.holderId, state.now), holderStatus };
}

function referenceUsed(used: {
  asset: string;
  type: ReferenceType;
  externalReference: string;
  usedBy: string;
}): WalletError {
  const { asset, type, externalReference, usedBy } = used;
  const [what, idKey] = type === "HOLD" ? ["hold", "hold_id"] : ["transaction", "transaction_id"];
  return new WalletError(
    "EXTERNAL_REFERENCE_USED",
    `External reference ${externalReference} was used by ${what} ${usedBy}. A reference counts once per asset and type.`,
    { metadata: { external_reference: externalReference, asset, type, [idKey]: usedBy } },
  );
}

export function walletFrozen(walletId: string): WalletError {
  return new WalletError("WALLET_FROZEN", `Wallet ${walletId} is frozen. An operator can unfreeze it.`, {
    metadata: { wallet_id: walletId },
  });
}

export function walletClosed(walletId: string): WalletError {
  return new WalletError("WALLET_CLOSED", `Wallet ${walletId} is closed, and stays so.`, {
    metadata: { wallet_id: walletId },
  });
}

export function assetFrozen(asset: string): WalletError {
  return new WalletError(
    "ASSET_FROZEN",
    `Asset ${asset} is frozen: none of it moves until an admin unfreezes it.`,
    {
      metadata: { asset },
    },
  );
}

export function holderSuspended(holderId: string): WalletError {
  return new WalletError(
    "HOLDER_SUSPENDED",
    `Holder ${holderId} is suspended. An operator can reactivate it.`,
    {
      metadata: { holder_id: holderId },
    },
  );
}

function versionMismatch(wallet: Wallet, expected: bigint): WalletError {
  return new WalletError(
    "VERSION_MISMATCH",
    `Wallet ${wallet.id} has version ${wallet.version}, not ${expected}. Read it again and retry with a new key.`,
    {
      metadata: {
        wallet_id: wallet.id,
        expected_version: `${expected}`,
        current_version: `${wallet.version}`,
      },
    },
  );
}

export function insufficientFunds(wallet: Wallet, amount: bigint, shortfall: bigint): WalletError {
  const available = amount - shortfall;
  return new WalletError(
    "INSUFFICIENT_FUNDS",
    `Wallet ${wallet.id} has ${available} ${wallet.asset} available, ${shortfall} fewer than the ${amount} asked for.`,
    {
      metadata: {
        wallet_id: wallet.id,
        asset: wallet.asset,
        available_units: `${available}`,
        requested_units: `${amount}`,
        shortfall_units: `${shortfall}`,
      },
    },
  );
}

export function balanceOverflow(wallet: Wallet, amount: bigint): WalletError {
  return new WalletError(
    "BALANCE_OVERFLOW",
    `Moving ${amount} ${wallet.asset} would take the balance of wallet ${wallet.id} past ${amountMax} units.`,
    {
      metadata: {
        wallet_id: wallet.id,
        asset: wallet.asset,
        requested_units: `${amount}`,
        units_max: `${amountMax}`,
      },
    },
  );
}

export function destinationUnavailable(): WalletError {
  return new WalletError(
    "DESTINATION_UNAVAILABLE",
    "The destination cannot take this amount. Nothing moved.",
  );
}
