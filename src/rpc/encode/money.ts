import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TimestampSchema } from "@bufbuild/protobuf/wkt";
import type { MoneySchema } from "../../gen/wallet/v1/money_pb.js";
import type { BalanceSchema, WalletBalanceSchema } from "../../gen/wallet/v1/wallet_pb.js";
import type { Balance } from "../../ledger/wallet.js";

export function encodeMoney(asset: string, units: bigint): MessageInitShape<typeof MoneySchema> {
  return { asset, units };
}

/** A time given in microseconds since 1970. */
export function encodeTime(micros: bigint): MessageInitShape<typeof TimestampSchema> {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return { seconds: (micros - fraction) / 1_000_000n, nanos: Number(fraction) * 1_000 };
}

export function encodeBalance(balance: Balance): MessageInitShape<typeof BalanceSchema> {
  return {
    posted: encodeMoney(balance.asset, balance.posted),
    held: encodeMoney(balance.asset, balance.held),
    available: encodeMoney(balance.asset, balance.available),
    version: balance.version,
  };
}

export function encodeWalletBalance(balance: Balance): MessageInitShape<typeof WalletBalanceSchema> {
  return { walletId: balance.walletId, balance: encodeBalance(balance) };
}
