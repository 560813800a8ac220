import type { Pool } from "../db/pool.js";
import { newId } from "../engine/new-id.js";
import { type BatchItem, BatchMode, BatchView, type ExecuteBatchRequest } from "../gen/wallet/v1/bulk_pb.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import type { Claim } from "../ledger/movement.js";
import { WalletError } from "../ledger/wallet-error.js";
import { type BulkItem, decodeItem, walletsOf } from "./bulk-item.js";
import { Check } from "./decode/check.js";
import { claimOf } from "./decode/claim.js";
import { decodeEnum } from "./decode/enum.js";
import type { Call } from "./pipeline/call.js";
import { isIdempotencyKey } from "./pipeline/idempotency-key.js";

const itemsMax = 1_000;

/** How many postings one database transaction makes in a fraction of the time that a statement may take. */
const legsMax = 10_000;

/** An ExecuteBatch call. */
export interface DecodedBatch {
  /** The claim of the call. Its operation id is the id of the batch, unless the key was used before. */
  readonly claim: Claim;
  readonly items: readonly BulkItem[];
  readonly atomic: boolean;
  readonly validateOnly: boolean;
  /** Whether whole transactions are asked for. */
  readonly full: boolean;
}

/** @throws INVALID_FIELD when the form of anything in it is wrong. */
export async function decodeBatch(
  request: ExecuteBatchRequest,
  call: Call,
  reader: Pool,
): Promise<DecodedBatch> {
  const { items, validateOnly } = request;
  const check = new Check();
  check.that(items.length >= 1 && items.length <= itemsMax, "items", `must be 1 to ${itemsMax}`);
  check.done();
  const mode = decodeEnum(check, "mode", BatchMode, request.mode);
  check.that(request.mode !== BatchMode.UNSPECIFIED, "mode", "is required: INDEPENDENT or ATOMIC");
  const view = decodeEnum(check, "view", BatchView, request.view);
  checkKeys(check, items, call.idempotencyKey);
  const decoded = await Promise.all(
    items.map((item, index) => decodeItem(check.within(`items[${index}]`), call, item, reader)),
  );
  const fit = decoded.filter((item) => item !== null);
  if (mode === "ATOMIC" || validateOnly) checkLegs(check, fit);
  check.done();
  const claim = claimOf(call, newId(), fingerprintOfBatch(call.method, mode ?? "", items, fit));
  return { claim, items: fit, atomic: mode === "ATOMIC", validateOnly, full: view === "FULL" };
}

/** What is decided together has to fit into one database transaction. */
function checkLegs(check: Check, items: readonly BulkItem[]): void {
  const legs = items.reduce((sum, item) => sum + walletsOf(item).length, 0);
  const most = legsMax.toLocaleString("en-US");
  check.that(
    legs <= legsMax,
    "items",
    `must have at most ${most} legs where all are decided together, and have ${legs}`,
  );
}

function checkKeys(check: Check, items: readonly BatchItem[], ownKey: string): void {
  const places = new Map<string, number>();
  for (const [index, { idempotencyKey: key }] of items.entries()) {
    const field = `items[${index}].idempotency_key`;
    const first = places.get(key);
    check.that(isIdempotencyKey(key), field, "must be 1 to 255 visible ASCII characters");
    check.that(key !== ownKey, field, "must not be the key of the call itself");
    check.that(first === undefined, field, `must be unique within the batch, and is that of items[${first}]`);
    if (first === undefined) places.set(key, index);
  }
}

/** How much is to be answered is left out: to ask for more of the same is the same request. */
function fingerprintOfBatch(
  method: string,
  mode: string,
  items: readonly BatchItem[],
  decoded: readonly BulkItem[],
): Buffer {
  const pairs = items.map(
    ({ idempotencyKey }, index) => [idempotencyKey, contentOf(decoded[index])] as const,
  );
  return fingerprintOf(method, [
    [1, mode],
    [2, pairs],
  ]);
}

/** What makes an item the same: its fingerprint, or, where it comes to no command, why. */
function contentOf(item: BulkItem | undefined): string {
  if (item instanceof WalletError) return `${item.reason} ${JSON.stringify(item.metadata)}`;
  return item?.claim.fingerprint.toString("hex") ?? "";
}
