import { expect } from "chai";
import { type Refusal, refusalOf, type TestApp } from "./app.js";
import { dumpLedger } from "./dump.js";

/** The refusal of a call that must change nothing: byte for byte, the ledger is as before. */
export async function refusalThatMovesNothing(app: TestApp, call: () => Promise<unknown>): Promise<Refusal> {
  const before = await dumpLedger(app.database.url);
  const refusal = await refusalOf(call());
  expect(await dumpLedger(app.database.url), "the ledger after the refusal").to.equal(before);
  return refusal;
}

/** Fails unless the call is refused for this reason and leaves everything as it was. Returns its figures. */
export async function expectRefused(
  app: TestApp,
  call: () => Promise<unknown>,
  reason: string,
): Promise<Record<string, string>> {
  const refusal = await refusalThatMovesNothing(app, call);
  expect(refusal.reason, refusal.message).to.equal(reason);
  return refusal.metadata;
}
