import type { Pool } from "../db/pool.js";
import { type BatchItem, type Movement, MovementSchema } from "../gen/wallet/v1/bulk_pb.js";
import { WalletService } from "../gen/wallet/v1/wallet_service_pb.js";
import type { Command } from "../ledger/command.js";
import type { WalletAddress } from "../ledger/movement.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { Check } from "./decode/check.js";
import type { Asking } from "./decode/claim.js";
import { decodeCompound } from "./decode/compound.js";
import {
  decodeBonus,
  decodeSpend,
  decodeTopUp,
  decodeTransfer,
  decodeWithdrawal,
  simpleCommand,
} from "./decode/simple.js";
import type { Call } from "./pipeline/call.js";
import { refundCommand } from "./refunds.js";

type Kind = Exclude<Movement["kind"]["case"], undefined>;
type RequestOf<K extends Kind> = Extract<Movement["kind"], { case: K }>["value"];
type ToCommand<Request> = (request: Request, call: Asking, reader: Pool) => Command | Promise<Command>;

/** The kinds of movement that are served together with others, each as its own RPC decodes it. */
const commandsOf: { readonly [K in Kind]: ToCommand<RequestOf<K>> } = {
  topUp: (request, call) => simpleCommand(decodeTopUp, request, call),
  withdraw: (request, call) => simpleCommand(decodeWithdrawal, request, call),
  spend: (request, call) => simpleCommand(decodeSpend, request, call),
  grantBonus: (request, call) => simpleCommand(decodeBonus, request, call),
  transfer: (request, call) => simpleCommand(decodeTransfer, request, call),
  refundTransaction: (request, call, reader) => refundCommand(reader, request, call),
  postTransaction: (request, call) => decodeCompound(request, call),
};

/** One movement that was asked for together with others: a command, or why it need not be tried. */
export type BulkItem = Command | WalletError;

/** The wallets of its legs; one that need not be tried has none. */
export function walletsOf(item: BulkItem): readonly WalletAddress[] {
  return item instanceof WalletError ? [] : item.touches.wallets;
}

/**
 * One movement as a command under a key of its own; null, with notes, when its form is wrong.
 *
 * It is the same request as a call of the RPC that the movement is named after, with the same key: either is a retry
 * of the other.
 */
export async function decodeItem(
  check: Check,
  { caller, peer, requestId, traceparent }: Call,
  { idempotencyKey, movement }: Pick<BatchItem, "idempotencyKey" | "movement">,
  reader: Pool,
): Promise<BulkItem | null> {
  const { case: kind, value: request } = movement?.kind ?? {};
  if (kind === undefined) {
    check.wrong("movement", "is required: give one kind of movement");
    return null;
  }
  const inner = check.within(`movement.${MovementSchema.field[kind].name}`);
  const method = `${WalletService.typeName}/${WalletService.method[kind].name}`;
  const asking = { caller, peer, requestId, traceparent, idempotencyKey, method };
  try {
    return await commandOfKind(inner, kind, request, asking, reader);
  } catch (error) {
    if (!(error instanceof WalletError)) throw error;
    if (error.reason !== "INVALID_FIELD") return error;
    for (const { field, description } of error.violations) inner.wrong(field, description);
    return null;
  }
}

async function commandOfKind(
  check: Check,
  kind: Kind,
  request: unknown,
  asking: Asking,
  reader: Pool,
): Promise<Command> {
  const { validateOnly } = request as RequestOf<Kind>;
  check.that(
    !validateOnly,
    "validate_only",
    "must be false for a movement that is made together with others or later",
  );
  // The table has each of them under the case of its own requests.
  return (commandsOf[kind] as ToCommand<unknown>)(request, asking, reader);
}
