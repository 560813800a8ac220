import { expect } from "chai";
import { type Refusal, refusalOf, type TestApp } from "./app.js";
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
    "holds",
    "refund_totals",
    "jobs",
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
  const queued = await onServer(
    url,
    "select to_jsonb(t) - 'outcome' - 'complete_time' as row from operations t order by id",
  );
  return JSON.stringify([...dumps, posted, queued]);
}

/** The refusal of a call that must change nothing: byte for byte, the ledger is as before. */
export async function refusalThatMovesNothing(app: TestApp, call: () => Promise<unknown>): Promise<Refusal> {
  const before = await dumpLedger(app.database.url);
  const refusal = await refusalOf(call());
  expect(await dumpLedger(app.database.url), "the ledger after the refusal").to.equal(before);
  return refusal;
}
