import { EntitySchema } from "typeorm";

/** A row of `assets` as the driver delivers it: 64-bit integers as text, times in microseconds. */
export interface AssetRow {
  code: string;
  name: string;
  scale: number;
  status: string;
  transaction_limit: string | null;
  daily_limit: string | null;
  create_time: bigint;
  update_time: bigint;
}

export const AssetEntity = new EntitySchema<AssetRow>({
  name: "asset",
  tableName: "assets",
  columns: {
    code: { type: "text", primary: true },
    name: { type: "text" },
    scale: { type: "smallint" },
    status: { type: "text" },
    transaction_limit: { type: "bigint", nullable: true },
    daily_limit: { type: "bigint", nullable: true },
    create_time: { type: "timestamptz" },
    update_time: { type: "timestamptz" },
  },
});
