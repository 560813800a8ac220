import { EntitySchema } from "typeorm";

/** A row of `holders` as the driver delivers it. */
export interface HolderRow {
  id: string;
  email: string | null;
  display_name: string;
  status: string;
  create_time: bigint;
  update_time: bigint;
}

export const HolderEntity = new EntitySchema<HolderRow>({
  name: "holder",
  tableName: "holders",
  columns: {
    id: { type: "text", primary: true },
    email: { type: "text", nullable: true },
    display_name: { type: "text" },
    status: { type: "text" },
    create_time: { type: "timestamptz" },
    update_time: { type: "timestamptz" },
  },
});
