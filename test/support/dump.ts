import { expect } from "chai";
import { type Refusal, refusalOf, type TestApp } from "./app.js";
import { openSession } from "./postgres.js";

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
  ];
  const session = await openSession(url);
  try {
    const dumps = [];
    for (const table of tables) {
      const sql = `select to_jsonb(t)::text as row from ${table} t order by 1`;
      dumps.push((await session.query(sql)).rows);
    }
    const posted = "select to_jsonb(t)::text as row from transactions t where state = 'POSTED' order by id";
    return JSON.stringify([...dumps, (await session.query(posted)).rows]);
  } finally {
    await session.end();
  }
}

/** The refusal of a call that must change nothing: byte for byte, the ledger is as before. */
export async function refusalThatMovesNothing(app: TestApp, call: () => Promise<unknown>): Promise<Refusal> {
  const before = await dumpLedger(app.database.url);
  const refusal = await refusalOf(call());
  expect(await dumpLedger(app.database.url), "the ledger after the refusal").to.equal(before);
  return refusal;
}
