import type { MessageInitShape } from "@bufbuild/protobuf";
import { type AssetSchema, AssetStatus } from "../../gen/wallet/v1/asset_pb.js";
import { type HolderSchema, HolderStatus } from "../../gen/wallet/v1/holder_pb.js";
import { SystemRole, type WalletSchema, WalletStatus } from "../../gen/wallet/v1/wallet_pb.js";
import { type Asset, balanceOf, type Holder, type WalletView } from "../../ledger/wallet.js";
import { encodeBalance, encodeTime } from "./money.js";

export function encodeAsset(asset: Asset): MessageInitShape<typeof AssetSchema> {
  return {
    code: asset.code,
    name: asset.name,
    scale: asset.scale,
    status: AssetStatus[asset.status],
    ...present("transactionLimitUnits", asset.transactionLimit),
    ...present("dailyLimitUnits", asset.dailyLimit),
    createTime: encodeTime(asset.createTime),
    updateTime: encodeTime(asset.updateTime),
  };
}

export function encodeHolder(holder: Holder): MessageInitShape<typeof HolderSchema> {
  return {
    id: holder.id,
    email: holder.email ?? "",
    displayName: holder.displayName,
    status: HolderStatus[holder.status],
    createTime: encodeTime(holder.createTime),
    updateTime: encodeTime(holder.updateTime),
  };
}

export function encodeWallet(wallet: WalletView): MessageInitShape<typeof WalletSchema> {
  return {
    id: wallet.id,
    asset: wallet.asset,
    holderId: wallet.holderId ?? "",
    systemRole: wallet.systemRole === null ? SystemRole.UNSPECIFIED : SystemRole[wallet.systemRole],
    balance: encodeBalance(balanceOf(wallet)),
    minBalanceUnits: wallet.minBalance,
    ...present("maxBalanceUnits", wallet.maxBalance),
    ...present("transactionLimitUnits", wallet.transactionLimit),
    ...present("dailyLimitUnits", wallet.dailyLimit),
    status: WalletStatus[wallet.status],
    createTime: encodeTime(wallet.createTime),
    updateTime: encodeTime(wallet.updateTime),
  };
}

/** A field that is absent when there is nothing to say. */
function present<Name extends string>(name: Name, units: bigint | null): { [Field in Name]?: bigint } {
  return units === null ? {} : ({ [name]: units } as { [Field in Name]: bigint });
}
