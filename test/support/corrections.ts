import { findTransaction } from "../../src/db/transactions.js";
import type { MovementResult } from "../../src/engine/outcome.js";
import { type Command, makeCommand } from "../../src/ledger/command.js";
import { refundFingerprint, reversalFingerprint } from "../../src/ledger/fingerprint.js";
import type { RefundMovement, ReversalMovement } from "../../src/ledger/movement.js";
import type { Original } from "../../src/ledger/original.js";
import { claimOf, freshKey, type TestEngine } from "./engine.js";

const terms = { externalReference: "", description: "", metadata: [], validateOnly: false } as const;

/** A command that refunds this much gold of a transaction; null for all that is left. */
export function refundOf(
  original: Original,
  units: bigint | null,
  more: Partial<RefundMovement> = {},
): Command {
  const movement: RefundMovement = {
    kind: "refund",
    originalId: original.transaction.id,
    original,
    amount: units === null ? null : { asset: "gold", units },
    expectedVersion: null,
    ...terms,
    ...more,
  };
  return makeCommand(claimOf(freshKey(), refundFingerprint("Refund", movement)), movement);
}

/** A command that undoes a transaction. */
export function reversalOf(original: Original, more: Partial<ReversalMovement> = {}): Command {
  const movement: ReversalMovement = {
    kind: "reversal",
    originalId: original.transaction.id,
    original,
    allowBelowFloor: false,
    ...terms,
    ...more,
  };
  return makeCommand(claimOf(freshKey(), reversalFingerprint("Reverse", movement)), movement);
}

/** What a movement made, as a later refund or reversal finds it. */
export async function originalOf(engine: TestEngine, made: Promise<MovementResult>): Promise<Original> {
  const { transaction } = await made;
  const found = await findTransaction(engine.database.reader, transaction?.id ?? "");
  if (found === undefined) throw new Error("the movement made no transaction");
  return found;
}
