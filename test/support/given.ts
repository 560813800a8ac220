import type { MessageInitShape } from "@bufbuild/protobuf";
import type { WalletRefSchema } from "../../src/gen/wallet/v1/wallet_pb.js";
import { keyed, type TestApp } from "./app.js";

/** A wallet named by its holder. */
export function ofHolder(holderId: string): MessageInitShape<typeof WalletRefSchema> {
  return { ref: { case: "holderId", value: holderId } };
}

/** A wallet named by its id. */
export function ofWallet(walletId: string): MessageInitShape<typeof WalletRefSchema> {
  return { ref: { case: "walletId", value: walletId } };
}

export async function givenAsset(app: TestApp, code: string): Promise<void> {
  await app.as("admin").admin.createAsset({ code, name: code, scale: 0 }, keyed());
}

export async function givenHolder(app: TestApp, holderId: string): Promise<void> {
  await app.as("service").wallet.createHolder({ holderId, displayName: holderId }, keyed());
}

/** A holder with this much of an asset, from a top-up. Returns the id of its wallet. */
export async function givenFunds(
  app: TestApp,
  holderId: string,
  asset: string,
  units: bigint,
): Promise<string> {
  const { transaction } = await app
    .as("service")
    .wallet.topUp({ wallet: ofHolder(holderId), amount: { asset, units } }, keyed());
  return transaction?.destinationWalletId ?? "";
}

/** A posted spend by a holder. Returns the id of the transaction. */
export async function givenSpend(
  app: TestApp,
  holderId: string,
  asset: string,
  units: bigint,
): Promise<string> {
  const { transaction } = await app
    .as("service")
    .wallet.spend({ wallet: ofHolder(holderId), amount: { asset, units } }, keyed());
  return transaction?.id ?? "";
}

/** A posted transfer between two holders. Returns the id of the transaction. */
export async function givenTransfer(
  app: TestApp,
  { from, to }: { from: string; to: string },
  asset: string,
  units: bigint,
): Promise<string> {
  const { transaction } = await app
    .as("service")
    .wallet.transfer(
      { source: ofHolder(from), destination: ofHolder(to), amount: { asset, units } },
      keyed(),
    );
  return transaction?.id ?? "";
}
