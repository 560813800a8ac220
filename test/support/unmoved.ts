import { expect } from "chai";
import { refusalOf, type TestApp } from "./app.js";
import { dumpLedger } from "./dump.js";

/** Fails unless the call is refused for this reason and leaves everything as it was. Returns its figures. */
export async function expectRefused(
  { database }: TestApp,
  call: () => Promise<unknown>,
  reason: string,
): Promise<Record<string, string>> {
  const before = await dumpLedger(database.ownerUrl);
  const refusal = await refusalOf(call());
  expect(refusal.reason, refusal.message).to.equal(reason);
  expect(await dumpLedger(database.ownerUrl)).to.equal(before);
  return refusal.metadata;
}
