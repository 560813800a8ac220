import { insertAsset, updateAsset } from "../db/assets.js";
import { readClock } from "../db/clock.js";
import { lockAssetForWrite } from "../db/locks.js";
import { insertWallets } from "../db/wallet-writes.js";
import { balanceMin } from "../ledger/amount.js";
import { assetNotFound } from "../ledger/rules.js";
import {
  type Asset,
  type AssetLimits,
  type AssetStatus,
  emptyChainHead,
  noLimits,
  type SystemRole,
  systemRoles,
  systemWalletId,
  type Wallet,
} from "../ledger/wallet.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { ActContext } from "./acts.js";
import { announce } from "./events.js";

/** How far a system wallet that gives value away may go below zero, until its limits are set otherwise. */
const givingFloor = -1_000_000_000_000_000n;

/** The floor of each system wallet. TREASURY stands for the outside world and has none but that of the integer. */
const systemFloors: Record<SystemRole, bigint> = {
  TREASURY: balanceMin,
  REVENUE: 0n,
  PROMOTIONS: givingFloor,
  ADJUSTMENTS: givingFloor,
  FX: givingFloor,
};

/** Makes an asset and its system wallets. */
export async function createAsset(
  { session, now }: ActContext,
  given: { code: string; name: string; scale: number },
): Promise<Asset> {
  const asset: Asset = {
    ...given,
    status: "ACTIVE",
    transactionLimit: null,
    dailyLimit: null,
    createTime: now,
    updateTime: now,
  };
  if (!(await insertAsset(session, asset))) {
    throw new WalletError("ASSET_EXISTS", `Asset ${asset.code} exists already.`, {
      metadata: { asset: asset.code },
    });
  }
  const wallets = systemRoles.map((role) => systemWallet(asset, role));
  await insertWallets(session, wallets);
  await announce(session, wallets, "opened");
  return asset;
}

/** Changes what is given of an asset; what is undefined stays. */
export async function changeAsset(
  { session, locks }: ActContext,
  code: string,
  change: { name?: string; status?: AssetStatus } & Partial<AssetLimits>,
): Promise<Asset> {
  // The strongest lock, against batches that hold theirs for reading: none of them commits after this is answered.
  const [asset, now] = await Promise.all([lockAssetForWrite(locks, session, code), readClock(session)]);
  if (asset === undefined) throw assetNotFound(code);
  const changed = { ...asset, ...change, updateTime: now };
  await updateAsset(session, changed);
  return changed;
}

function systemWallet(asset: Asset, role: SystemRole): Wallet {
  return {
    id: systemWalletId(asset.code, role),
    asset: asset.code,
    holderId: null,
    systemRole: role,
    balance: 0n,
    held: 0n,
    version: 1n,
    postingSeq: 0n,
    minBalance: systemFloors[role],
    floorWaiver: 0n,
    ...noLimits,
    status: "ACTIVE",
    holderStatus: "ACTIVE",
    lastPostTime: null,
    chainHead: emptyChainHead,
    createTime: asset.createTime,
    updateTime: asset.createTime,
  };
}
