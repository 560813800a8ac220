import type { Reader } from "../../db/database.js";
import { newId } from "../../engine/new-id.js";
import {
  type BatchItem,
  BatchMode,
  BatchView,
  type ExecuteBatchRequest,
  type Movement,
  MovementSchema,
} from "../../gen/wallet/v1/bulk_pb.js";
import { WalletService } from "../../gen/wallet/v1/wallet_service_pb.js";
import { type Command, makeCommand } from "../../ledger/command.js";
import { fingerprintOf } from "../../ledger/fingerprint.js";
import type { Claim } from "../../ledger/movement.js";
import type { WalletError } from "../../ledger/wallet-error.js";
import type { Call } from "../pipeline/call.js";
import { isIdempotencyKey } from "../pipeline/idempotency-key.js";
import { decodeBulkMovement } from "./bulk-movement.js";
import { Check } from "./check.js";
import { claimOf } from "./claim.js";
import { decodeEnum } from "./enum.js";

const itemsMax = 1_000;

/** One movement that was asked for together with others. */
export interface BulkItem {
  readonly command: Command;
  /** Why it need not be tried; null when the ledger has to decide. */
  readonly unfit: WalletError | null;
}

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
  reader: Reader,
): Promise<DecodedBatch> {
  const { items, validateOnly } = request;
  const check = new Check();
  check.that(items.length >= 1 && items.length <= itemsMax, "items", `must be 1 to ${itemsMax}`);
  check.done();
  const mode = decodeEnum(check, "mode", BatchMode, request.mode);
  check.that(request.mode !== BatchMode.UNSPECIFIED, "mode", "is required: INDEPENDENT or ATOMIC");
  const view = decodeEnum(check, "view", BatchView, request.view);
  checkKeys(check, items, call.idempotencyKey);
  const batchId = newId();
  const decoded = await Promise.all(
    items.map(({ idempotencyKey, movement }, index) =>
      decodeItem(check.within(`items[${index}]`), call, reader, {
        idempotencyKey,
        movement,
        batchId: validateOnly ? null : batchId,
      }),
    ),
  );
  check.done();
  const fit = decoded.filter((item) => item !== null);
  const claim = claimOf(call, batchId, fingerprintOfBatch(call.method, mode ?? "", fit));
  return { claim, items: fit, atomic: mode === "ATOMIC", validateOnly, full: view === "FULL" };
}

/**
 * One movement as a command under a key of its own; null, with notes, when its form is wrong.
 *
 * It is the same request as a call of the RPC that the movement is named after, with the same key: either is a retry
 * of the other.
 */
export async function decodeItem(
  check: Check,
  call: Call,
  reader: Reader,
  item: { idempotencyKey: string; movement: Movement | undefined; batchId: string | null },
): Promise<BulkItem | null> {
  const { idempotencyKey, batchId } = item;
  const kind = item.movement?.kind.case;
  if (kind === undefined) {
    check.wrong("movement", "is required: give one kind of movement");
    return null;
  }
  const inner = check.within(`movement.${MovementSchema.field[kind].name}`);
  const { caller, requestId, traceparent } = call;
  const method = `${WalletService.typeName}/${WalletService.method[kind].name}`;
  const decoded = await decodeBulkMovement(
    inner,
    { caller, method, reader },
    kind,
    item.movement?.kind.value,
  );
  if (check.failed) return null;
  const { movement, fingerprint, unfit } = decoded;
  const asking = { caller, requestId, traceparent, idempotencyKey, method };
  return { command: makeCommand(claimOf(asking, newId(), fingerprint, batchId), movement), unfit };
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
function fingerprintOfBatch(method: string, mode: string, items: readonly BulkItem[]): Buffer {
  return fingerprintOf(method, [
    [1, mode],
    [2, items.map(({ command }) => [command.claim.key, command.claim.fingerprint.toString("hex")] as const)],
  ]);
}
