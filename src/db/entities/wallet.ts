import { EntitySchema } from "typeorm";

/** A row of `wallets` as the driver delivers it: 64-bit integers as text, times in microseconds. */
export interface WalletRow {
  id: string;
  asset: string;
  holder_id: string | null;
  system_role: string | null;
  balance: string;
  held: string;
  version: string;
  posting_seq: string;
  min_balance: string;
  floor_waiver: string;
  max_balance: string | null;
  transaction_limit: string | null;
  daily_limit: string | null;
  status: string;
  holder_status: string;
  last_post_time: bigint | null;
  chain_head: Buffer;
  create_time: bigint;
  update_time: bigint;
}

export const WalletEntity = new EntitySchema<WalletRow>({
  name: "wallet",
  tableName: "wallets",
  columns: {
    id: { type: "uuid", primary: true },
    asset: { type: "text" },
    holder_id: { type: "text", nullable: true },
    system_role: { type: "text", nullable: true },
    balance: { type: "bigint" },
    held: { type: "bigint" },
    version: { type: "bigint" },
    posting_seq: { type: "bigint" },
    min_balance: { type: "bigint" },
    floor_waiver: { type: "bigint" },
    max_balance: { type: "bigint", nullable: true },
    transaction_limit: { type: "bigint", nullable: true },
    daily_limit: { type: "bigint", nullable: true },
    status: { type: "text" },
    holder_status: { type: "text" },
    last_post_time: { type: "timestamptz", nullable: true },
    chain_head: { type: "bytea" },
    create_time: { type: "timestamptz" },
    update_time: { type: "timestamptz" },
  },
});
