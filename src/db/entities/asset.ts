import { EntitySchema } from "typeorm";

/** A row of `assets` as the driver delivers it. */
export interface AssetRow {
  code: string;
  name: string;
  scale: number;
  status: string;
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
    create_time: { type: "timestamptz" },
    update_time: { type: "timestamptz" },
  },
});
