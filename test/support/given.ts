import type { MessageInitShape } from "@bufbuild/protobuf";
import type { WalletRefSchema } from "../../src/gen/wallet/v1/wallet_pb.js";
import { keyed, type TestApp } from "./app.js";
import { onServer } from "./postgres.js";

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

/** A hold of this much in a holder's wallet. Returns its id. */
export async function givenHold(
  app: TestApp,
  holderId: string,
  asset: string,
  units: bigint,
): Promise<string> {
  const request = { wallet: ofHolder(holderId), amount: { asset, units } };
  const { hold } = await app.as("service").wallet.authorizeHold(request, keyed());
  return hold?.id ?? "";
}

/** Lets the time of a hold run out at this moment, as nobody but the owner of the database can. */
export async function givenExpired({ database }: TestApp, holdId: string): Promise<void> {
  await onServer(database.ownerUrl, "update holds set expire_time = clock_timestamp() where id = $1", [
    holdId,
  ]);
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
