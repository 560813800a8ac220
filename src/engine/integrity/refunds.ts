import { findWrongTotals, lastOfTotals } from "../../db/integrity/refunds.js";
import { lowestTransactionId } from "../../db/integrity/transactions.js";
import type { Phase, Step, StepContext } from "./phase.js";

/** Verifies that what is counted as given back is what refunds and reversals gave back. */
export const refundPhase: Phase = { name: "refunds", step };

async function step({ session, run, after, size }: StepContext): Promise<Step> {
  const [from = lowestTransactionId] = after ?? [];
  const through = await lastOfTotals(session, from, size);
  if (through === null) return { findings: [], through };
  const range = { asset: run.asset, after: from, through };
  return { findings: await findWrongTotals(session, range), through: [through] };
}
