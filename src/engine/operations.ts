import type { OperationRecord } from "../db/operations.js";
import { type Command, makeCommand } from "../ledger/command.js";
import type { Claim, Movement } from "../ledger/movement.js";
import { holderWalletIds } from "../ledger/touches.js";
import { fromSnapshot } from "./snapshot.js";

/**
 * The command that accepts another one into the queue: the key is claimed for good, and the movement is made later, once.
 * What becomes of it is kept with the operation.
 *
 * @param claim the claim of the acceptance; its operation id is that of the operation, and of the transaction it makes.
 */
export function acceptanceOf(claim: Claim, { movement, touches }: Command): Command {
  return makeCommand(claim, {
    kind: "enqueue",
    later: movement,
    walletIds: holderWalletIds(touches),
    externalReference: "",
    description: "",
    metadata: [],
    validateOnly: false,
  });
}

/**
 * The command that an operation asks for.
 *
 * @param after the operations that must be complete before it.
 */
export function commandOf(operation: OperationRecord, after: readonly string[]): Command {
  const { caller, key, method, fingerprint, operationId, requestId, remoteAddress, traceparent } = operation;
  const claim: Claim = {
    caller,
    key,
    method,
    fingerprint,
    operationId,
    requestId,
    remoteAddress,
    traceparent,
    // Holders cannot enqueue.
    forItself: false,
    batchId: null,
    queued: { after },
  };
  return makeCommand(claim, fromSnapshot<Movement>(operation.movement));
}
