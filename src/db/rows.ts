import type { RefundTotal } from "../ledger/refund-total.js";
import type {
  Asset,
  AssetStatus,
  Holder,
  HolderStatus,
  SystemRole,
  Wallet,
  WalletStatus,
} from "../ledger/wallet.js";
import type { AssetRow } from "./entities/asset.js";
import type { HolderRow } from "./entities/holder.js";
import type { WalletRow } from "./entities/wallet.js";

export interface RefundTotalRow {
  transaction_id: string;
  amount: string;
  refunded: string;
  reversed_by: string | null;
}

/** What the database holds, as the domain sees it. The checks on the tables keep the closed sets closed. */
export function toAsset(row: AssetRow): Asset {
  return {
    code: row.code,
    name: row.name,
    scale: row.scale,
    status: row.status as AssetStatus,
    transactionLimit: limitOf(row.transaction_limit),
    dailyLimit: limitOf(row.daily_limit),
    createTime: row.create_time,
    updateTime: row.update_time,
  };
}

export function toHolder(row: HolderRow): Holder {
  return {
    id: row.id,
    email: row.email,
    displayName: row.display_name,
    status: row.status as HolderStatus,
    createTime: row.create_time,
    updateTime: row.update_time,
  };
}

export function toWallet(row: WalletRow): Wallet {
  return {
    id: row.id,
    asset: row.asset,
    holderId: row.holder_id,
    systemRole: row.system_role as SystemRole | null,
    balance: BigInt(row.balance),
    held: BigInt(row.held),
    version: BigInt(row.version),
    postingSeq: BigInt(row.posting_seq),
    minBalance: BigInt(row.min_balance),
    floorWaiver: BigInt(row.floor_waiver),
    maxBalance: limitOf(row.max_balance),
    transactionLimit: limitOf(row.transaction_limit),
    dailyLimit: limitOf(row.daily_limit),
    status: row.status as WalletStatus,
    holderStatus: row.holder_status as HolderStatus,
    lastPostTime: row.last_post_time,
    chainHead: row.chain_head,
    createTime: row.create_time,
    updateTime: row.update_time,
  };
}

function limitOf(units: string | null): bigint | null {
  return units === null ? null : BigInt(units);
}

export function toRefundTotal(row: RefundTotalRow): RefundTotal {
  return {
    transactionId: row.transaction_id,
    amount: BigInt(row.amount),
    refunded: BigInt(row.refunded),
    reversedBy: row.reversed_by,
  };
}
