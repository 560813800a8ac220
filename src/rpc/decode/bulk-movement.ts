import type { Reader } from "../../db/database.js";
import { findTransaction } from "../../db/transactions.js";
import type { Movement as MovementMessage } from "../../gen/wallet/v1/bulk_pb.js";
import type { PostTransactionRequest } from "../../gen/wallet/v1/compound_pb.js";
import type { RefundTransactionRequest } from "../../gen/wallet/v1/refund_pb.js";
import { compoundFingerprint, movementFingerprint, refundFingerprint } from "../../ledger/fingerprint.js";
import type { Movement, RefundMovement } from "../../ledger/movement.js";
import { WalletError } from "../../ledger/wallet-error.js";
import type { Caller } from "../access/caller.js";
import type { Check } from "./check.js";
import { assertPostable, decodeCompoundMovement } from "./compound.js";
import { assertTwoWallets } from "./movement.js";
import { decodeRefund } from "./refund.js";
import {
  type Decode,
  decodeBonus,
  decodeSpend,
  decodeTopUp,
  decodeTransfer,
  decodeWithdrawal,
} from "./simple.js";

/** The kinds of movement that are made together with others, each named after its RPC. */
export type BulkKind = Exclude<MovementMessage["kind"]["case"], undefined>;
type RequestOf<K extends BulkKind> = Extract<MovementMessage["kind"], { case: K }>["value"];

/** Who asks for a movement, by which RPC, and where to look up what it answers. */
export interface BulkCall {
  readonly caller: Caller;
  readonly method: string;
  readonly reader: Reader;
}

/** A movement as a command is made of it. */
export interface DecodedMovement {
  readonly movement: Movement;
  readonly fingerprint: Buffer;
  /** Why it need not be tried; null when the ledger has to decide. */
  readonly unfit: WalletError | null;
}

type Decoder<Request> = (check: Check, call: BulkCall, request: Request) => Promise<DecodedMovement>;

const decoders: { readonly [K in BulkKind]: Decoder<RequestOf<K>> } = {
  topUp: simple(decodeTopUp),
  withdraw: simple(decodeWithdrawal),
  spend: simple(decodeSpend),
  grantBonus: simple(decodeBonus),
  transfer: simple(decodeTransfer),
  refundTransaction: refund,
  postTransaction: compound,
};

/** Decodes a movement of any kind, and notes what is wrong with its form. */
export function decodeBulkMovement<K extends BulkKind>(
  check: Check,
  call: BulkCall,
  kind: K,
  request: unknown,
): Promise<DecodedMovement> {
  const { validateOnly } = request as RequestOf<BulkKind>;
  check.that(!validateOnly, "validate_only", "must be false; it is asked for of the whole call");
  // A decoder stands under the case of its own requests.
  return (decoders[kind] as Decoder<unknown>)(check, call, request);
}

function simple<Request>(decode: Decode<Request>): Decoder<Request> {
  return async (check, { caller, method }, request) => {
    const movement = decode(check, caller, request);
    return {
      movement,
      fingerprint: movementFingerprint(method, movement),
      unfit: unfitOf(() => assertTwoWallets(movement)),
    };
  };
}

async function refund(
  check: Check,
  { method, reader }: BulkCall,
  request: RefundTransactionRequest,
): Promise<DecodedMovement> {
  const decoded = decodeRefund(check, request);
  // What is wrong in its form may not even be a UUID to look for.
  const original = check.failed ? null : ((await findTransaction(reader, decoded.originalId)) ?? null);
  const movement: RefundMovement = { kind: "refund", original, ...decoded };
  return { movement, fingerprint: refundFingerprint(method, movement), unfit: null };
}

async function compound(
  check: Check,
  call: BulkCall,
  request: PostTransactionRequest,
): Promise<DecodedMovement> {
  const movement = decodeCompoundMovement(check, call, request);
  return {
    movement,
    fingerprint: compoundFingerprint(call.method, movement),
    unfit: unfitOf(() => assertPostable(movement)),
  };
}

function unfitOf(assert: () => void): WalletError | null {
  try {
    assert();
    return null;
  } catch (error) {
    if (error instanceof WalletError) return error;
    throw error;
  }
}
