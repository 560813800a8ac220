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
import type { Command } from "../../ledger/command.js";
import { fingerprintOf } from "../../ledger/fingerprint.js";
import type { Claim, Movement as LedgerMovement } from "../../ledger/movement.js";
import { WalletError } from "../../ledger/wallet-error.js";
import type { Caller } from "../access/caller.js";
import type { Call } from "../pipeline/call.js";
import { isIdempotencyKey } from "../pipeline/idempotency-key.js";
import { Check } from "./check.js";
import { claimOf } from "./claim.js";
import { decodeEnum } from "./enum.js";
import { assertTwoWallets, commandOf } from "./movement.js";
import { decodeBonus, decodeSpend, decodeTopUp, decodeTransfer, decodeWithdrawal } from "./simple.js";

type Kind = Exclude<Movement["kind"]["case"], undefined>;
type RequestOf<K extends Kind> = Extract<Movement["kind"], { case: K }>["value"];
type Decoder<Request> = (
  check: Check,
  caller: Caller,
  request: Request,
) => LedgerMovement | Promise<LedgerMovement>;

/** The kinds of movement that are served together with others, each named after its RPC. */
const decoders: { readonly [K in Kind]?: Decoder<RequestOf<K>> } = {
  topUp: decodeTopUp,
  withdraw: decodeWithdrawal,
  spend: decodeSpend,
  grantBonus: decodeBonus,
  transfer: decodeTransfer,
};

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
export async function decodeBatch(request: ExecuteBatchRequest, call: Call): Promise<DecodedBatch> {
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
      decodeItem(check.within(`items[${index}]`), call, {
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
  item: { idempotencyKey: string; movement: Movement | undefined; batchId: string | null },
): Promise<BulkItem | null> {
  const { idempotencyKey, batchId } = item;
  const kind = item.movement?.kind.case;
  if (kind === undefined) {
    check.wrong("movement", "is required: give one kind of movement");
    return null;
  }
  const inner = check.within(`movement.${MovementSchema.field[kind].name}`);
  const movement = await decodeKind(inner, call.caller, kind, item.movement?.kind.value);
  if (movement === null || check.failed) return null;
  const { caller, requestId, traceparent } = call;
  const method = `${WalletService.typeName}/${WalletService.method[kind].name}`;
  const command = commandOf({ caller, requestId, traceparent, idempotencyKey, method }, movement, batchId);
  return { command, unfit: unfitOf(movement) };
}

async function decodeKind<K extends Kind>(
  check: Check,
  caller: Caller,
  kind: K,
  request: unknown,
): Promise<LedgerMovement | null> {
  const decode = decoders[kind];
  if (decode === undefined) {
    check.wrong("", "is not served together with others yet; call its own RPC");
    return null;
  }
  const { validateOnly } = request as RequestOf<Kind>;
  check.that(!validateOnly, "validate_only", "must be false; it is asked for of the whole call");
  // A decoder stands under the case of its own requests.
  return (decode as Decoder<unknown>)(check, caller, request);
}

function unfitOf(movement: LedgerMovement): WalletError | null {
  try {
    assertTwoWallets(movement);
    return null;
  } catch (error) {
    if (error instanceof WalletError) return error;
    throw error;
  }
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
