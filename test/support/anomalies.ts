import { v7 as uuidV7 } from "uuid";
import { toTimestamp } from "../../src/db/sql.js";
import type { Anomaly } from "../../src/ledger/anomaly.js";
import { onServer, type TestDatabase } from "./postgres.js";

/** What an anomaly must be given; the rest is as a rule would write it. */
export type GivenAnomaly = Pick<Anomaly, "walletId" | "holderId" | "transactionIds"> & Partial<Anomaly>;

/** Puts an anomaly there, as the look-out would have, on transactions that exist. Returns its id. */
export async function givenAnomaly(database: TestDatabase, given: GivenAnomaly): Promise<string> {
  const id = given.id ?? uuidV7();
  const createTime = given.createTime ?? BigInt(Date.now()) * 1_000n;
  await onServer(
    database.url,
    `with kept as (insert into anomalies (id, rule, severity, wallet_id, holder_id, transaction_ids, summary, evidence, freeze_state, create_time)
     values ($1, $2, $3, $4, $5, $6::uuid[], $7, $8::jsonb, $9, $10::timestamptz) returning *)
     insert into outbox (id, aggregatetype, aggregateid, seq, type, payload, create_time)
     select id, 'anomaly', id::text, 1, 'found', to_jsonb(kept), create_time from kept where severity <> 'NOTE'`,
    [
      id,
      given.rule ?? "velocity",
      given.severity ?? "ALERT",
      given.walletId,
      given.holderId,
      given.transactionIds,
      given.summary ?? "Something was unusual.",
      JSON.stringify(given.evidence ?? { count: "15" }),
      given.freezeState ?? "NONE",
      toTimestamp(createTime),
    ],
  );
  return id;
}

/** The ids of the transactions that a wallet's postings belong to, oldest first. */
export async function transactionsOf(database: TestDatabase, walletId: string): Promise<string[]> {
  const rows = await onServer<{ id: string }>(
    database.url,
    "select transaction_id as id from postings where wallet_id = $1 order by posting_seq",
    [walletId],
  );
  return rows.map(({ id }) => id);
}
