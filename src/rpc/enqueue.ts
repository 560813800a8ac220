import type { Engine } from "../engine/engine.js";
import { newId } from "../engine/new-id.js";
import { acceptanceOf } from "../engine/operations.js";
import type { EnqueueTransactionRequest } from "../gen/wallet/v1/operation_pb.js";
import type { Command } from "../ledger/command.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import { WalletError } from "../ledger/wallet-error.js";
import { decodeItem } from "./bulk-item.js";
import { Check } from "./decode/check.js";
import { claimOf } from "./decode/claim.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";
import { encodeOperation, encodePending, readOperation } from "./read-operation.js";

/**
 * The RPC that accepts a movement to be made later.
 *
 * @param onAccepted called when something is in the queue that was not there before.
 */
export function enqueueHandler(
  { poster, database: { reader } }: Pick<Engine, "poster" | "database">,
  onAccepted: () => void,
): NonNullable<Handlers["wallet"]["enqueueTransaction"]> {
  return async (request, call) => {
    const command = await decodeQueued(request, call, reader);
    call.concerns(command.touches);
    const { method, fingerprint } = command.claim;
    const content = fingerprintOf(call.method, [
      [1, method],
      [2, fingerprint.toString("hex")],
    ]);
    const claim = claimOf(call, newId(), content);
    const { operation, replayed } = await poster.submit(acceptanceOf(claim, command), call.deadlineMs);
    if (replayed) {
      call.setReplayed();
      const found = await readOperation(reader, claim);
      return { operation: await encodeOperation(reader, call.caller, found) };
    }
    if (operation === null) throw new Error("an acceptance ended without an operation");
    onAccepted();
    return { operation: encodePending({ ...claim, createTime: operation.createTime }) };
  };
}

/**
 * The movement as a command, as the RPC that it is named after decodes it.
 *
 * @throws INVALID_FIELD, and what else that RPC refuses before it looks at the ledger.
 */
async function decodeQueued(
  { movement }: EnqueueTransactionRequest,
  call: Call,
  reader: Engine["database"]["reader"],
): Promise<Command> {
  const check = new Check();
  const item = { idempotencyKey: call.idempotencyKey, ...(movement !== undefined && { movement }) };
  const decoded = await decodeItem(check, call, item, reader);
  check.done();
  if (decoded instanceof WalletError) throw decoded;
  if (decoded === null) throw new Error("a movement that is in form came to no command");
  return decoded;
}
