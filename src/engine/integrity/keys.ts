import {
  beforeAllKeys,
  findWrongKeys,
  findWrongOperations,
  lastOfKeys,
  lastOfOperations,
} from "../../db/integrity/keys.js";
import { lowestTransactionId } from "../../db/integrity/transactions.js";
import type { Phase, Step, StepContext } from "./phase.js";

/** Verifies every idempotency key. A key is of no asset, so that a check of one asset leaves them out. */
export const keyPhase: Phase = { name: "keys", step: stepOverKeys };

/** Verifies every operation that was accepted into the queue; of all assets only, too. */
export const operationPhase: Phase = { name: "operations", step: stepOverOperations };

async function stepOverKeys({ session, run, after, size }: StepContext): Promise<Step> {
  if (run.asset !== null) return { findings: [], through: null };
  const [key = beforeAllKeys.key, caller = beforeAllKeys.caller] = after ?? [];
  const through = await lastOfKeys(session, { key, caller }, size);
  if (through === null) return { findings: [], through };
  const findings = await findWrongKeys(session, { key, caller }, through);
  return { findings, through: [through.key, through.caller] };
}

async function stepOverOperations({ session, run, after, size }: StepContext): Promise<Step> {
  if (run.asset !== null) return { findings: [], through: null };
  const [from = lowestTransactionId] = after ?? [];
  const through = await lastOfOperations(session, from, size);
  if (through === null) return { findings: [], through };
  return { findings: await findWrongOperations(session, from, through), through: [through] };
}
