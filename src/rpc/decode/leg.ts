import type { Leg as LegMessage } from "../../gen/wallet/v1/compound_pb.js";
import { SystemRole } from "../../gen/wallet/v1/wallet_pb.js";
import { balanceMin } from "../../ledger/amount.js";
import { addressOfSystem, addressOfWallet, type Leg, type WalletAddress } from "../../ledger/movement.js";
import { systemRoles, systemWalletId } from "../../ledger/wallet.js";
import type { Call } from "../pipeline/call.js";
import type { Check } from "./check.js";
import { checkAssetCode } from "./text.js";
import { decodeExpectedVersion } from "./version.js";
import { decodeWalletRef } from "./wallet-ref.js";

/** One leg of a compound movement. Of the system wallets it may name REVENUE and PROMOTIONS, by their roles. */
export function decodeLeg(check: Check, call: Pick<Call, "caller">, leg: LegMessage, field: string): Leg {
  if (leg.amount === undefined) check.wrong(`${field}.amount`, "is required");
  const { asset = "", units: amount = 0n } = leg.amount ?? {};
  const fits = amount !== 0n && amount >= balanceMin;
  check.that(
    leg.amount === undefined || fits,
    `${field}.amount.units`,
    "must not be zero, nor the lowest 64-bit integer",
  );
  return {
    address: decodeTarget(check, call, { leg, asset, field }),
    asset,
    amount,
    expectedVersion: decodeExpectedVersion(check, `${field}.expected_version`, leg.expectedVersion),
  };
}

function decodeTarget(
  check: Check,
  call: Pick<Call, "caller">,
  { leg: { target, amount }, asset, field }: { leg: LegMessage; asset: string; field: string },
): WalletAddress {
  if (target.case === "systemRole") {
    if (amount !== undefined) checkAssetCode(check, `${field}.amount.asset`, asset);
    if (target.value === SystemRole.REVENUE) return addressOfSystem(asset, "REVENUE");
    if (target.value === SystemRole.PROMOTIONS) return addressOfSystem(asset, "PROMOTIONS");
    check.wrong(`${field}.system_role`, "must be REVENUE or PROMOTIONS");
    return addressOfWallet("");
  }
  if (target.case === undefined || target.value.ref.case === undefined) {
    check.wrong(field, "must name a wallet or a system_role");
    return addressOfWallet("");
  }
  const address = decodeWalletRef(check, call.caller, {
    ref: target.value,
    field: `${field}.wallet`,
    asset,
    assetField: `${field}.amount.asset`,
  });
  const isSystem = systemRoles.some((role) => systemWalletId(asset, role) === address.walletId);
  check.that(!isSystem, `${field}.wallet`, "must be a holder's; name a system wallet by its system_role");
  return address;
}
