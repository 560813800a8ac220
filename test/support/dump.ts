import { onServer } from "./postgres.js";

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
    "outbox",
  ];
  const dumps = await Promise.all(
    tables.map((table) =>
      onServer(url, `select to_jsonb(t) as row from ${table} t order by to_jsonb(t)::text`),
    ),
  );
  const posted = await onServer(
    url,
    "select to_jsonb(t) as row from transactions t where state = 'POSTED' order by id",
  );
  return JSON.stringify([...dumps, posted]);
}
