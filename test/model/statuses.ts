import type { Command } from "./command.js";
import { balanceOf, type Facts, heldIn, type Ledger, type ModelWallet, Refused } from "./ledger.js";
import { needAsset, needMoving, needVersion, needWallet, unopened } from "./rules.js";

type Of<Kind> = Extract<Command, { kind: Kind }>;

/** CreateHolder. */
export function createHolder(ledger: Ledger, { holder, email }: Of<"createHolder">): Facts {
  if (ledger.holders.has(holder)) throw new Refused("HOLDER_EXISTS");
  const others = [...ledger.holders.values()];
  if (email !== "" && others.some((other) => other.email === email)) throw new Refused("EMAIL_TAKEN");
  ledger.holders.set(holder, { email, suspended: false });
  return { holder: { id: holder, suspended: false } };
}

/** SuspendHolder and ReactivateHolder. */
export function setHolder(ledger: Ledger, holderId: string, suspended: boolean): Facts {
  const holder = ledger.holders.get(holderId);
  if (holder === undefined) throw new Refused("HOLDER_NOT_FOUND");
  if (holder.suspended !== suspended) {
    holder.suspended = suspended;
    for (const wallet of ledger.wallets.values()) if (wallet.holder === holderId) wallet.version += 1n;
  }
  return { holder: { id: holderId, suspended } };
}

/** FreezeAsset and UnfreezeAsset. */
export function setAsset(ledger: Ledger, code: string, frozen: boolean): Facts {
  const asset = ledger.assets.get(code);
  if (asset === undefined) throw new Refused("ASSET_NOT_FOUND");
  asset.frozen = frozen;
  return { asset: { code, ...asset } };
}

/** UpdateAsset, as far as the limits go. */
export function setAssetLimits(ledger: Ledger, command: Of<"setAssetLimits">): Facts {
  const asset = ledger.assets.get(command.asset);
  if (asset === undefined) throw new Refused("ASSET_NOT_FOUND");
  asset.perTransaction = command.perTransaction;
  asset.daily = command.daily;
  return { asset: { code: command.asset, ...asset } };
}

/** CreateWallet. */
export function createWallet(ledger: Ledger, { holder, asset }: Of<"createWallet">): Facts {
  needAsset(ledger, asset);
  if (!ledger.holders.has(holder)) throw new Refused("HOLDER_NOT_FOUND");
  const wallet = unopened(asset, holder);
  needMoving(ledger, [wallet]);
  if (ledger.wallets.has(wallet.name)) throw new Refused("WALLET_EXISTS");
  wallet.version = 1n;
  ledger.wallets.set(wallet.name, wallet);
  return walletFacts(ledger, wallet);
}

/** FreezeWallet and UnfreezeWallet. */
export function setWallet(
  ledger: Ledger,
  { wallet: ref, asset }: Of<"freezeWallet" | "unfreezeWallet">,
  status: "ACTIVE" | "FROZEN",
): Facts {
  needAsset(ledger, asset);
  const wallet = needWallet(ledger, ref, asset, false);
  if (wallet.status === "CLOSED") throw new Refused("WALLET_CLOSED");
  if (wallet.status !== status) {
    wallet.status = status;
    wallet.version += 1n;
  }
  return walletFacts(ledger, wallet);
}

/** CloseWallet. */
export function closeWallet(ledger: Ledger, command: Of<"closeWallet">): Facts {
  needAsset(ledger, command.asset);
  const wallet = needWallet(ledger, command.wallet, command.asset, false);
  needVersion(wallet, command.expectedVersion);
  if (wallet.status === "CLOSED") return walletFacts(ledger, wallet);
  if (wallet.posted !== 0n || heldIn(ledger, wallet) !== 0n) throw new Refused("WALLET_NOT_EMPTY");
  wallet.status = "CLOSED";
  wallet.version += 1n;
  return walletFacts(ledger, wallet);
}

/** SetWalletLimits. */
export function setWalletLimits(ledger: Ledger, command: Of<"setWalletLimits">): Facts {
  needAsset(ledger, command.asset);
  const wallet = needWallet(ledger, command.wallet, command.asset, false);
  if (wallet.status === "CLOSED") throw new Refused("WALLET_CLOSED");
  needVersion(wallet, command.expectedVersion);
  const { min, max, perTransaction, daily } = command;
  const { floor, limits } = wallet;
  const isNewFloor = min !== floor;
  if (isNewFloor && min > wallet.posted - heldIn(ledger, wallet)) throw new Refused("INSUFFICIENT_FUNDS");
  const isSame =
    !isNewFloor && limits.max === max && limits.perTransaction === perTransaction && limits.daily === daily;
  if (!isSame) {
    wallet.floor = min;
    wallet.limits = { max, perTransaction, daily };
    wallet.version += 1n;
  }
  return walletFacts(ledger, wallet);
}

/** What the answer says of a wallet. */
export function walletFacts(ledger: Ledger, wallet: ModelWallet): Facts {
  const { name, asset, holder, status, floor, limits } = wallet;
  return {
    wallet: { name, asset, holder: holder ?? "", status, floor, ...limits, ...balanceOf(ledger, wallet) },
  };
}
