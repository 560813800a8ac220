import type { WalletRef } from "../../gen/wallet/v1/wallet_pb.js";
import { addressOfHolder, addressOfWallet, type WalletAddress } from "../../ledger/movement.js";
import { holderWalletId, systemWalletId } from "../../ledger/wallet.js";
import { WalletError } from "../../ledger/wallet-error.js";
import type { Caller } from "../access/caller.js";
import type { Check } from "./check.js";
import { checkAssetCode, checkHolderId, checkUuid } from "./text.js";

/**
 * The wallet that a request names for an asset. A `holder` may leave it out and means its own.
 *
 * The asset may only be left out beside a `wallet_id`.
 */
export function decodeWalletRef(
  check: Check,
  caller: Caller,
  named: { ref: WalletRef | undefined; field: string; asset: string; assetField: string },
): WalletAddress {
  const { field, asset } = named;
  const ref = named.ref?.ref;
  if (ref?.case !== "walletId" || asset !== "") checkAssetCode(check, named.assetField, asset);
  if (ref?.case === "walletId") {
    checkUuid(check, `${field}.wallet_id`, ref.value);
    return addressOfWallet(ref.value.toLowerCase());
  }
  if (ref?.case === "holderId") {
    checkHolderId(check, `${field}.holder_id`, ref.value);
    return addressOfHolder(asset, ref.value);
  }
  if (caller.role === "holder") return addressOfHolder(asset, caller.subject);
  check.wrong(field, "is required: give holder_id or wallet_id");
  return addressOfWallet("");
}

/** The same for a wallet that value is to move into or out of, or to be held in. It is never TREASURY. */
export function decodeMovedWallet(
  check: Check,
  caller: Caller,
  named: Parameters<typeof decodeWalletRef>[2],
): WalletAddress {
  const address = decodeWalletRef(check, caller, named);
  checkNotTreasury(check, named.field, named.asset, address);
  return address;
}

/** Notes a wallet that is TREASURY. What it paid or took otherwise would be value that came from nowhere or is lost. */
export function checkNotTreasury(
  check: Check,
  field: string,
  asset: string,
  { walletId }: WalletAddress,
): void {
  const isTreasury = walletId === systemWalletId(asset, "TREASURY");
  check.that(!isTreasury, field, "must not be TREASURY: value enters by TopUp and leaves by Withdraw only");
}

/**
 * Lets a `holder` at its own wallets only. Whether a wallet that is not its own exists does not show.
 *
 * @throws NOT_YOUR_WALLET
 */
export function assertOwnWallet(caller: Caller, address: WalletAddress, asset: string): void {
  if (caller.role !== "holder") return;
  if (address.holderId === caller.subject) return;
  if (address.holderId === null && asset !== "" && address.walletId === holderWalletId(asset, caller.subject))
    return;
  throw notYourWallet();
}

/** @throws NOT_YOUR_WALLET when a `holder` names another one. */
export function assertOwnHolder(caller: Caller, holderId: string): void {
  if (caller.role === "holder" && holderId !== caller.subject) throw notYourWallet();
}

/** The same for a wallet that may be named by its holder; whose one is that is named by its id shows once it is read. */
export function assertOwnNamed(caller: Caller, { holderId }: WalletAddress): void {
  if (holderId !== null) assertOwnHolder(caller, holderId);
}

export function notYourWallet(): WalletError {
  return new WalletError("NOT_YOUR_WALLET", "A holder may only use its own wallets.");
}
