import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Pool } from "../db/pool.js";
import type { Feed } from "../events/feed.js";
import { OperationState, type WatchOperationResponseSchema } from "../gen/wallet/v1/operation_pb.js";
import { addressOfWallet } from "../ledger/movement.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { Caller } from "./access/caller.js";
import { Check } from "./decode/check.js";
import { encodeHeartbeat } from "./encode/watch.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";
import { isIdempotencyKey } from "./pipeline/idempotency-key.js";
import { encodeOperation, type Operation, readOperation } from "./read-operation.js";

type OperationHandlers = Required<Pick<Handlers["wallet"], "getOperation" | "watchOperation">>;
type OperationMessage = MessageInitShape<typeof WatchOperationResponseSchema>;

/** What a request says to name an operation. */
interface NamedOperation {
  readonly idempotencyKey: string;
  /** Whose key it is; empty for the caller's own. */
  readonly caller: string;
}

/** The longest issuer, role and subject there can be, escaped. */
const callerLengthMax = 1_024;

/** The RPCs that tell what became of an idempotency key. */
export function operationHandlers(reader: Pool, feed: Feed): OperationHandlers {
  return {
    getOperation: async (request, call) => {
      const name = decodeName(call.caller, request);
      call.concerns({});
      const operation = await readOperation(reader, name);
      return { operation: await encodeNamed(reader, call, operation) };
    },
    watchOperation: (request, call) => operationMessages(reader, feed, request, call),
  };
}

async function* operationMessages(
  reader: Pool,
  feed: Feed,
  request: NamedOperation,
  call: Call,
): AsyncGenerator<OperationMessage> {
  const { caller, signal } = call;
  const name = decodeName(caller, request);
  call.concerns({});
  const operation = await readOperation(reader, name);
  const first = await encodeNamed(reader, call, operation);
  yield operationMessage(first);
  if (first.state !== OperationState.PENDING) return;
  for await (const step of feed.watchOperation(operation.operationId, signal)) {
    if (step === "pending") yield { event: encodeHeartbeat() };
    else yield operationMessage(await encodeOperation(reader, caller, await readOperation(reader, name)));
  }
}

/** Puts on record which operation it is, and whom its transaction concerns. */
async function encodeNamed(reader: Pool, call: Call, operation: Operation) {
  const encoded = await encodeOperation(reader, call.caller, operation);
  const transaction = "transaction" in encoded ? encoded.transaction : undefined;
  const { postings = [], sourceWalletId = "", destinationWalletId = "" } = transaction ?? {};
  const walletIds = [sourceWalletId, destinationWalletId, ...postings.map(({ walletId = "" }) => walletId)];
  call.concerns({
    resourceId: operation.operationId,
    wallets: walletIds.filter((id) => id !== "").map(addressOfWallet),
  });
  return encoded;
}

function operationMessage(value: Awaited<ReturnType<typeof encodeOperation>>): OperationMessage {
  return { event: { case: "operation", value } };
}

/** @throws INVALID_FIELD or ROLE_REQUIRED */
function decodeName(caller: Caller, { idempotencyKey, caller: named }: NamedOperation) {
  const check = new Check();
  check.that(
    isIdempotencyKey(idempotencyKey),
    "idempotency_key",
    "must be 1 to 255 visible ASCII characters",
  );
  check.that(named.length <= callerLengthMax, "caller", `must have at most ${callerLengthMax} characters`);
  check.done();
  return { key: idempotencyKey, caller: ownerOf(caller, named) };
}

/** Whose key is asked about: everybody may ask about its own, those who see everything about anybody's. */
function ownerOf(caller: Caller, named: string): string {
  if (named === "" || named === caller.id) return caller.id;
  if (caller.role === "holder" || caller.role === "service") {
    throw new WalletError(
      "ROLE_REQUIRED",
      "Only an auditor, operator or admin may ask about another caller's key.",
      {
        metadata: { role: caller.role, allowed_roles: "auditor, operator, admin" },
      },
    );
  }
  return named;
}
