/** A table whose rows are the ledger, and the columns that put them in one order on every machine. */
export interface ExportTable {
  readonly name: string;
  readonly order: readonly string[];
}

/**
 * What a ledger needs to go on exactly where it was, in an order in which it can be loaded: what others refer to comes
 * first. Keys and external references are among it, because a retry after a recovery must replay; the outbox, because
 * a watcher resumes by it; the audit log, because who did what must outlive the machine it was done on; anomalies and how far the look-out has read,
 * because nothing may be found twice or left out; checkpoints with the heads they seal, because they are what the rebuilt
 * ledger is measured by.
 */
export const exportTables: readonly ExportTable[] = [
  { name: "assets", order: ["code"] },
  { name: "holders", order: ["id"] },
  { name: "holder_emails", order: ["email"] },
  { name: "wallets", order: ["id"] },
  { name: "transactions", order: ["position", "id"] },
  { name: "refund_totals", order: ["transaction_id"] },
  { name: "holds", order: ["id"] },
  { name: "jobs", order: ["id"] },
  { name: "operations", order: ["id"] },
  { name: "idempotency_keys", order: ["key", "caller"] },
  { name: "external_references", order: ["reference", "asset", "type"] },
  { name: "outbox", order: ["aggregateid", "seq"] },
  { name: "audit_log", order: ["id"] },
  { name: "anomalies", order: ["id"] },
  { name: "wallet_profiles", order: ["wallet_id"] },
  { name: "anomaly_cursors", order: ["name"] },
  { name: "integrity_runs", order: ["id"] },
  { name: "checkpoint_captures", order: ["number"] },
  { name: "checkpoint_heads", order: ["wallet_id", "capture"] },
  { name: "checkpoints", order: ["id"] },
  { name: "checkpoint_subtrees", order: ["checkpoint_id", "first_wallet_id"] },
];

/** The table whose rows travel within those of `transactions`, and so have no lines of their own. */
export const nestedTable = "postings";

/** The tables that the migrations put rows into. A replay puts the export's rows in their place. */
export const filledByMigrations: readonly string[] = ["anomaly_cursors"];

/** The tables that stay behind, and why a ledger goes on without them. */
export const leftBehind: Readonly<Record<string, string>> = {
  leases:
    "the right of a process that lives; a restored one would keep others waiting for a process that is gone",
  integrity_heads: "what a check that is under way has captured; after a replay a check begins anew",
  integrity_places: "how far such a check has come",
  migrations: "the schema is made by the migrations of the release that replays",
};
