import { findAsset } from "../../db/assets.js";
import { findHolder } from "../../db/holders.js";
import type { Pool } from "../../db/pool.js";
import type { TransactionRecord } from "../../db/transactions.js";
import { findWallet } from "../../db/wallets.js";
import { TransactionState } from "../../gen/wallet/v1/transaction_pb.js";
import type { WatchTransactionsRequest } from "../../gen/wallet/v1/watch_pb.js";
import type { WalletAddress } from "../../ledger/movement.js";
import { assetNotFound, holderNotFound, walletNotFound } from "../../ledger/rules.js";
import type { TransactionState as State, TransactionType } from "../../ledger/transaction.js";
import type { Caller } from "../access/caller.js";
import { isListedForAsset, isListedForHolder } from "../listed-under.js";
import { Check } from "./check.js";
import { decodeEnum } from "./enum.js";
import { type ResumeTokens, resumeTokens } from "./resume-token.js";
import { checkAssetCode, checkHolderId } from "./text.js";
import { decodeTypes } from "./transaction-types.js";
import { decodeWalletRef } from "./wallet-ref.js";

/** Which transactions somebody watches; null and empty mean no condition. */
export interface TransactionFilter {
  readonly wallet: WalletAddress | null;
  readonly asset: string | null;
  readonly holderId: string | null;
  readonly types: readonly TransactionType[];
  readonly state: State | null;
}

/** @throws INVALID_FIELD */
export function decodeTransactionWatch(request: WatchTransactionsRequest, caller: Caller) {
  const check = new Check();
  const { wallet: ref, asset, holderId } = request;
  const named = { ref, field: "wallet", asset, assetField: "asset" };
  const wallet = ref === undefined ? null : decodeWalletRef(check, caller, named);
  if (ref === undefined && asset !== "") checkAssetCode(check, "asset", asset);
  if (holderId !== "") checkHolderId(check, "holder_id", holderId);
  const filter: TransactionFilter = {
    wallet,
    asset: asset === "" ? null : asset,
    holderId: holderId === "" ? null : holderId,
    types: decodeTypes(check, request.types).sort(),
    state: decodeEnum(check, "state", TransactionState, request.state),
  };
  const tokens: ResumeTokens = resumeTokens(["transactions", { ...filter, wallet: wallet?.walletId }]);
  const from = tokens.placeOf(check, request.resumeToken);
  check.done();
  return { filter, tokens, from };
}

/** @throws ASSET_NOT_FOUND, HOLDER_NOT_FOUND or WALLET_NOT_FOUND when the filter names what is not there. */
export async function assertThere(
  reader: Pool,
  { wallet, asset, holderId }: TransactionFilter,
): Promise<void> {
  if (asset !== null && (await findAsset(reader, asset)) === undefined) throw assetNotFound(asset);
  for (const id of [wallet?.holderId ?? null, holderId]) {
    if (id !== null && (await findHolder(reader, id)) === undefined) throw holderNotFound(id);
  }
  if (wallet !== null && (await findWallet(reader, wallet.walletId)) === undefined)
    throw walletNotFound(wallet.walletId);
}

/** Whether every condition holds for a transaction. */
export function letsThrough(
  { wallet, asset, holderId, types, state }: TransactionFilter,
  record: TransactionRecord,
): boolean {
  const { transaction, walletIds } = record;
  return (
    (asset === null || isListedForAsset(record, asset)) &&
    (types.length === 0 || types.includes(transaction.type)) &&
    (state === null || transaction.state === state) &&
    (wallet === null || walletIds.includes(wallet.walletId)) &&
    (holderId === null || isListedForHolder(record, holderId))
  );
}
