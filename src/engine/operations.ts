import { insertOperation } from "../db/operation-writes.js";
import type { OperationRecord } from "../db/operations.js";
import { type Command, makeCommand } from "../ledger/command.js";
import type { Claim, Movement } from "../ledger/movement.js";
import { positionAt } from "../ledger/position.js";
import { holderWalletIds } from "../ledger/touches.js";
import type { ActResult, Acts } from "./acts.js";
import { fromSnapshot, toSnapshot } from "./snapshot.js";

/** What the key of a queued movement keeps of its acceptance. */
export interface AcceptedOperation {
  readonly id: string;
  /** In microseconds since 1970. */
  readonly createTime: bigint;
}

/**
 * Accepts a command into the queue: its key is claimed for good, and it is applied later, once. What becomes of it is
 * kept with the operation.
 *
 * @param claim the claim of the acceptance, not that of the command.
 */
export function acceptOperation(
  acts: Acts,
  claim: Claim,
  command: Command,
  deadlineMs: number | undefined,
): Promise<ActResult<AcceptedOperation>> {
  const { operationId: id } = claim;
  return acts.run({
    claim,
    deadlineMs,
    resourceId: id,
    run: async ({ session, now }) => {
      await insertOperation(session, {
        claim,
        movement: toSnapshot(command.movement),
        walletIds: holderWalletIds(command.touches),
        // The clock is read behind the claim, and before the commit: whoever enqueues after this was answered is later.
        position: positionAt(now),
        createTime: now,
      });
      return { id, createTime: now };
    },
  });
}

/**
 * The command that an operation asks for.
 *
 * @param after the operations that must be complete before it.
 */
export function commandOf(operation: OperationRecord, after: readonly string[]): Command {
  const { caller, key, method, fingerprint, operationId, requestId, traceparent } = operation;
  const claim: Claim = {
    caller,
    key,
    method,
    fingerprint,
    operationId,
    requestId,
    traceparent,
    // Holders cannot enqueue.
    forItself: false,
    batchId: null,
    queued: { after },
  };
  return makeCommand(claim, fromSnapshot<Movement>(operation.movement));
}
