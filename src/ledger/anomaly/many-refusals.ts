import type { Finding } from "./finding.js";
import type { Observation } from "./observation.js";
import { type Profile, profileLimits, within } from "./profile.js";
import type { Thresholds } from "./thresholds.js";

/** What stops every movement of a wallet says nothing of what its holder tries. */
const stopped: ReadonlySet<string | null> = new Set([
  "WALLET_FROZEN",
  "WALLET_CLOSED",
  "HOLDER_SUSPENDED",
  "ASSET_FROZEN",
]);

/** Whether a refusal counts: one of a wallet that could have been used. */
export function isTelling({ flow, refusedReason }: Observation): boolean {
  return flow === "refused" && !stopped.has(refusedReason);
}

/** Many transactions of the wallet were refused within a short while. */
export function findManyRefusals(
  { refusals }: Profile,
  observation: Observation,
  { windowSeconds, countMin }: Thresholds["many_refusals"],
): Finding | null {
  if (!isTelling(observation)) return null;
  const { walletId, transactionId, time, refusedReason } = observation;
  const recent = within([...refusals, { transactionId, time }], time, windowSeconds).slice(
    -profileLimits.refusalsMax,
  );
  if (recent.length < countMin) return null;
  return {
    transactionIds: recent.map((refusal) => refusal.transactionId),
    summary:
      `${recent.length} transactions of wallet ${walletId} were refused within ${windowSeconds} seconds, ` +
      `the last one with ${refusedReason}.`,
    evidence: {
      count: `${recent.length}`,
      window_seconds: `${windowSeconds}`,
      last_reason: `${refusedReason}`,
    },
  };
}
