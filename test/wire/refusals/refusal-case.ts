import { expect } from "chai";
import type { Reason } from "../../../src/ledger/reason.js";
import { contractRpcs } from "../../rpc/contract-table.js";
import { keyed, type Refusal, reasonOf, refusalOf, type TestClients } from "../../support/app.js";
import { dumpLedger } from "../../support/dump.js";
import { openSession } from "../../support/postgres.js";
import { countOf, until } from "../../support/watch.js";
import type { Place } from "./place.js";

/** One way in which an RPC refuses. */
export interface RefusalCase {
  /** The RPC, as the contract names it. */
  readonly rpc: string;
  readonly reason: Reason;
  /** The situation, in a few words. */
  readonly when: string;
  /** Brings the situation about, and says what is asked then and what the refusal has to name. */
  readonly arrange: (place: Place) => Promise<Asked> | Asked;
}

type CallOptions = ReturnType<typeof keyed> | undefined;

/** A request in a situation. */
export interface Asked {
  /** Who asks; the caller of the place unless it is given. */
  readonly by?: TestClients;
  readonly call: (by: TestClients, options: CallOptions) => Promise<unknown>;
  /** The whole metadata of the refusal. Of INVALID_FIELD it is the wrong fields. */
  readonly metadata: Record<string, string>;
}

let keys = 0;

/**
 * Fails unless the case is refused as the contract says: with its code, its reason and its figures, with nothing moved,
 * byte for byte, and with a key that keeps the refusal if it was decided under the locks, and is free otherwise. The
 * audit log has each refusal once, and no replay of it.
 */
export async function expectRefusal(place: Place, refusal: RefusalCase): Promise<void> {
  await withRecord({ place, ...refusal }, async (recorded) => {
    const before = await recorded();
    const kept = await expectRefusedTwice(place, refusal);
    await expectRecorded(recorded, before + (kept ? 1 : 2));
  });
}

/** Asks twice, and says whether the key kept the refusal. */
async function expectRefusedTwice(place: Place, { rpc, reason, arrange }: RefusalCase): Promise<boolean> {
  const { by = place.caller, call, metadata } = await arrange(place);
  const key = `refused-${++keys}`;
  const options = isKeyed(rpc) ? keyed(key) : undefined;
  const dump = () => dumpLedger(place.app.database.ownerUrl);
  const before = await dump();

  const first = await refusalOf(call(by, options));
  expect(first, first.message).to.deep.include({
    code: codeOf(reason),
    reason,
    metadata,
    fields: metadata.fields?.split(", ") ?? [],
    retryable: false,
    replayed: false,
  });
  expectFiguresInMetadata(first);
  expect(await dump(), "the ledger after the refusal").to.equal(before);

  const kept = isKeyed(rpc) && isRecorded(reason);
  expect(await refusalOf(call(by, options)), "asked again").to.deep.equal({ ...first, replayed: kept });
  expect(await dump(), "the ledger after it was asked again").to.equal(before);
  if (isKeyed(rpc)) await expectKey(by, key, kept ? { errorReason: reason, errorMetadata: metadata } : null);
  return kept;
}

/** Runs a test with a count of the refusals that are on record for an RPC and a reason. */
async function withRecord(
  { place, rpc, reason }: { place: Place; rpc: string; reason: Reason },
  test: (recorded: () => Promise<number>) => Promise<void>,
): Promise<void> {
  const session = await openSession(place.app.database.url);
  const counted = "from audit_log where kind = 'REFUSAL' and method like $1 and error_reason = $2";
  try {
    await test(() => countOf(session, counted, [`%/${rpc}`, reason]));
  } finally {
    await session.end();
  }
}

/** Waits until as many refusals are on record, and fails when there are more. */
async function expectRecorded(recorded: () => Promise<number>, expected: number): Promise<void> {
  await until("the refusal is on record", async () => (await recorded()) >= expected);
  expect(await recorded(), "how often the refusal is on record").to.equal(expected);
}

/** Fails unless the key keeps this refusal, or is free when there is none. */
async function expectKey(by: TestClients, idempotencyKey: string, refusal: object | null): Promise<void> {
  const answer = by.wallet.getOperation({ idempotencyKey });
  if (refusal === null) expect(await reasonOf(answer), "the key").to.equal("OPERATION_NOT_FOUND");
  else expect((await answer).operation, "the key").to.deep.include(refusal);
}

/** Every figure and id of the message is in the metadata. The rule that a wrong field breaks is for people only. */
function expectFiguresInMetadata({ reason, message, metadata }: Refusal): void {
  if (reason === "INVALID_FIELD") return;
  const longestFirst = Object.values(metadata).sort((a, b) => b.length - a.length);
  const rest = longestFirst.reduce((text, value) => text.replaceAll(value, ""), message);
  expect(rest, `what the message "${message}" says beside its metadata`).not.to.match(/\d/);
}

function isKeyed(rpc: string): boolean {
  return contractRpcs.some(({ name, keyed: needsKey }) => name === rpc && needsKey);
}

/** The status code that the contract's table of errors gives to a reason. */
function codeOf(reason: Reason): string {
  if (["INVALID_FIELD", "PAGE_TOKEN_INVALID", "SAME_WALLET"].includes(reason)) return "InvalidArgument";
  if (["ROLE_REQUIRED", "NOT_YOUR_WALLET"].includes(reason)) return "PermissionDenied";
  if (reason.endsWith("_NOT_FOUND")) return "NotFound";
  if (reason.endsWith("_EXISTS") || ["EMAIL_TAKEN", "EXTERNAL_REFERENCE_USED"].includes(reason))
    return "AlreadyExists";
  return reason === "VERSION_MISMATCH" ? "Aborted" : "FailedPrecondition";
}

/** Whether the contract's table of errors lets a key keep this reason. */
function isRecorded(reason: Reason): boolean {
  return !["InvalidArgument", "PermissionDenied"].includes(codeOf(reason));
}
