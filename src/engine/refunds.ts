import { readRefundTotals } from "../db/refund-total-writes.js";
import type { Session } from "../db/session.js";
import type { Command } from "../ledger/command.js";
import type { Accepted } from "../ledger/plan.js";
import type { RefundTotal } from "../ledger/refund-total.js";
import { walletsOf } from "./group.js";

/**
 * What was given back of the transactions that these commands refund or reverse, by transaction. Only of those whose
 * wallets are locked: the others wait for another batch. A batch that corrects nothing asks for nothing.
 */
export async function lockedRefundTotals(
  session: Session,
  commands: readonly Command[],
  lockedByOthers: ReadonlySet<string>,
): Promise<Map<string, RefundTotal>> {
  const originals = new Set(
    commands
      .filter((command) => !walletsOf(command).some((id) => lockedByOthers.has(id)))
      .flatMap(({ touches }) => touches.originals),
  );
  if (originals.size === 0) return new Map();
  const totals = await readRefundTotals(session, originals);
  return new Map(totals.map((total) => [total.transactionId, total]));
}

/** Each total as the last plan that changed it left it. */
export function refundTotalsAfter(accepted: readonly Accepted[]): RefundTotal[] {
  const last = new Map<string, RefundTotal>();
  for (const { refundTotal } of accepted)
    if (refundTotal !== null) last.set(refundTotal.transactionId, refundTotal);
  return [...last.values()];
}
