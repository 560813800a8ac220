import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MoneySchema } from "../gen/wallet/v1/money_pb.js";
import type { WalletRefSchema } from "../gen/wallet/v1/wallet_pb.js";

/** An amount: the asset's code and whole smallest units, so that `money("usd", 1250n)` is 12.50 at a scale of 2. */
export function money(asset: string, units: bigint): MessageInitShape<typeof MoneySchema> {
  return { asset, units };
}

/** The wallet of a holder, in the asset of the amount. */
export function byHolder(holderId: string): MessageInitShape<typeof WalletRefSchema> {
  return { ref: { case: "holderId", value: holderId } };
}

/** The wallet with this id. */
export function byWalletId(walletId: string): MessageInitShape<typeof WalletRefSchema> {
  return { ref: { case: "walletId", value: walletId } };
}
