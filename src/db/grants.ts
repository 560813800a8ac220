import type { DataSource } from "typeorm";

/**
 * What the service's role may do, table by table. Ledger rows can be added and read, never changed or deleted, not
 * even by a bug: the role has no right to.
 */
const rights: Record<string, string> = {
  assets: "select, insert, update",
  holders: "select, insert, update",
  holder_emails: "select, insert, delete",
  wallets: "select, insert, update",
  transactions: "select, insert",
  postings: "select, insert",
  idempotency_keys: "select, insert, update, delete",
  external_references: "select, insert, update, delete",
  holds: "select, insert, update",
  refund_totals: "select, insert, update",
  jobs: "select, insert, update",
  operations: "select, insert, update",
  leases: "select, insert, update, delete",
  outbox: "select, insert, delete",
  anomalies: "select, insert, update (state, freeze_state, reviewed_by, review_reason, review_time)",
  wallet_profiles: "select, insert, update",
  anomaly_cursors: "select, update",
  audit_log: "select, insert",
  integrity_runs: "select, insert, update, delete",
  integrity_heads: "select, insert, delete",
  integrity_places: "select, insert, delete",
  checkpoint_captures: "select, insert",
  checkpoint_heads: "select, insert",
  checkpoints: "select, insert",
  checkpoint_subtrees: "select, insert",
  migrations: "select",
};

/** Gives the service's role its rights and takes every other one away. Does nothing when the service is the owner. */
export async function grantToService(owner: DataSource, serviceRole: string): Promise<void> {
  const [{ same }] = await owner.query("select current_user = $1 as same", [serviceRole]);
  if (same) return;
  const role = `"${serviceRole.replaceAll('"', '""')}"`;
  // In one transaction: a service that is running meanwhile never sees itself without its rights.
  await owner.transaction(async (manager) => {
    await manager.query(`grant usage on schema public to ${role}`);
    for (const [table, right] of Object.entries(rights)) {
      await manager.query(`revoke all on ${table} from ${role}`);
      await manager.query(`grant ${right} on ${table} to ${role}`);
    }
  });
}

/** Whether this connection could change ledger rows: the owner could, the service's own role cannot. */
export async function canChangeLedger(dataSource: DataSource): Promise<boolean> {
  const [{ can }] = await dataSource.query("select has_table_privilege('postings', 'update') as can");
  return can;
}
