import type { Finding } from "./finding.js";
import type { Observation } from "./observation.js";
import { isOutgoing, movesWith, type Profile, within } from "./profile.js";
import { isShare } from "./statistics.js";
import type { Thresholds } from "./thresholds.js";

/** Several amounts went out that each stay just under the limit of one transaction. */
export function findLimitSplitting(
  { moves }: Profile,
  observation: Observation,
  { windowSeconds, countMin, limitShareMin }: Thresholds["limit_splitting"],
): Finding | null {
  const { flow, walletId, asset, amount, time, transactionLimit: limit } = observation;
  if (flow !== "out" || limit === null || limit === 0n) return null;
  const isJustUnder = (units: bigint) => units <= limit && isShare(units, limit, limitShareMin);
  if (!isJustUnder(amount)) return null;
  const recent = within(movesWith(moves, observation), time, windowSeconds);
  const parts = recent.filter((move) => isOutgoing(move) && isJustUnder(move.amount));
  if (parts.length < countMin) return null;
  const total = parts.reduce((sum, move) => sum + move.amount, 0n);
  return {
    transactionIds: parts.map(({ transactionId }) => transactionId),
    summary:
      `Wallet ${walletId} sent ${total} ${asset} in ${parts.length} transactions within ${windowSeconds} seconds, ` +
      `each just under its limit of ${limit}.`,
    evidence: {
      count: `${parts.length}`,
      total_units: `${total}`,
      limit_units: `${limit}`,
      window_seconds: `${windowSeconds}`,
    },
  };
}
