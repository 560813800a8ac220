import { findLooseCorrections } from "../../db/integrity/refunds.js";
import { findWrongTypes } from "../../db/integrity/transaction-types.js";
import {
  type AssetTally,
  findUnbalanced,
  lastOfTransactions,
  lowestTransactionId,
  tallyTransactions,
} from "../../db/integrity/transactions.js";
import type { Phase, Step, StepContext } from "./phase.js";

/** Verifies every transaction of the snapshot against its postings, and adds up what came in and went out. */
export const transactionPhase: Phase = { name: "transactions", step };

async function step({ session, run, after, size, tally }: StepContext): Promise<Step> {
  const [from = lowestTransactionId] = after ?? [];
  const last = run.lastTransactionId ?? lowestTransactionId;
  const through = await lastOfTransactions(session, { after: from, last, count: size });
  if (through === null) return { findings: [], through };
  const range = { runId: run.id, asset: run.asset, after: from, through };
  const [unbalanced, types, corrections, tallies] = await Promise.all([
    findUnbalanced(session, range),
    findWrongTypes(session, range),
    findLooseCorrections(session, range),
    tallyTransactions(session, range),
  ]);
  return {
    findings: [...unbalanced, ...types, ...corrections],
    through: [through],
    tally: {
      balancedPostings: tallies.reduce((sum, { postings }) => sum + postings, tally.balancedPostings),
      deposits: withDeposits(tally.deposits, tallies),
    },
  };
}

function withDeposits(
  deposits: ReadonlyMap<string, bigint>,
  tallies: readonly AssetTally[],
): ReadonlyMap<string, bigint> {
  const sums = new Map(deposits);
  for (const { asset, deposits: units } of tallies) {
    if (units !== 0n) sums.set(asset, (sums.get(asset) ?? 0n) + units);
  }
  return sums;
}
