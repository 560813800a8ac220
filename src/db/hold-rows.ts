import type { Hold, HoldState } from "../ledger/hold.js";

/** A row of `holds` as the driver delivers it: 64-bit integers as text, times in microseconds. */
export interface HoldRow {
  id: string;
  wallet_id: string;
  asset: string;
  amount: string;
  captured: string;
  released: string;
  state: HoldState;
  external_reference: string;
  description: string;
  metadata: Record<string, string>;
  void_reason: string;
  initiated_by: string;
  on_behalf_of: string;
  request_id: string;
  create_time: bigint;
  expire_time: bigint;
  resolve_time: bigint | null;
}

export const holdColumns = `h.id, h.wallet_id, h.asset, h.amount, h.captured, h.released, h.state, h.external_reference,
  h.description, h.metadata, h.void_reason, h.initiated_by, h.on_behalf_of, h.request_id, h.create_time, h.expire_time,
  h.resolve_time`;

export function toHold(row: HoldRow): Hold {
  return {
    id: row.id,
    walletId: row.wallet_id,
    asset: row.asset,
    amount: BigInt(row.amount),
    captured: BigInt(row.captured),
    released: BigInt(row.released),
    state: row.state,
    externalReference: row.external_reference,
    description: row.description,
    metadata: row.metadata,
    voidReason: row.void_reason,
    initiatedBy: row.initiated_by,
    onBehalfOf: row.on_behalf_of,
    requestId: row.request_id,
    createTime: row.create_time,
    expireTime: row.expire_time,
    resolveTime: row.resolve_time,
  };
}
