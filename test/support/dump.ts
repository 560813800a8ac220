import { keptSession } from "./postgres.js";

/** Everything that holds value or could, as one text: equal before and after means that nothing moved. */
export async function dumpLedger(url: string): Promise<string> {
  const tables = [
    "assets",
    "holders",
    "holder_emails",
    "wallets",
    "postings",
    "holds",
    "external_references",
    "refund_totals",
    "jobs",
    "outbox",
    "anomalies",
    "checkpoints",
    "checkpoint_heads",
  ];
  const statements = [
    ...tables.map((table) => `select to_jsonb(t)::text as row from ${table} t order by 1`),
    "select to_jsonb(t)::text as row from transactions t where state = 'POSTED' order by id",
    "select (to_jsonb(t) - 'outcome' - 'complete_time')::text as row from operations t order by id",
  ];
  const session = await keptSession(url);
  const dumps = [];
  for (const [index, text] of statements.entries())
    dumps.push((await session.query({ name: `dump_${index}`, text })).rows);
  return JSON.stringify(dumps);
}
