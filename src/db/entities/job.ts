import { EntitySchema } from "typeorm";

/** A row of `jobs` as the driver delivers it: 64-bit integers as text, times in microseconds. */
export interface JobRow {
  id: string;
  kind: string;
  state: string;
  holder_id: string;
  wallet_id: string;
  asset: string;
  cost: string;
  transaction_id: string;
  refund_transaction_id: string | null;
  payload: Record<string, string>;
  result: Record<string, string>;
  failure_reason: string;
  create_time: bigint;
  start_time: bigint | null;
  end_time: bigint | null;
}

export const JobEntity = new EntitySchema<JobRow>({
  name: "job",
  tableName: "jobs",
  columns: {
    id: { type: "uuid", primary: true },
    kind: { type: "text" },
    state: { type: "text" },
    holder_id: { type: "text" },
    wallet_id: { type: "uuid" },
    asset: { type: "text" },
    cost: { type: "bigint" },
    transaction_id: { type: "uuid" },
    refund_transaction_id: { type: "uuid", nullable: true },
    payload: { type: "jsonb" },
    result: { type: "jsonb" },
    failure_reason: { type: "text" },
    create_time: { type: "timestamptz" },
    start_time: { type: "timestamptz", nullable: true },
    end_time: { type: "timestamptz", nullable: true },
  },
});
