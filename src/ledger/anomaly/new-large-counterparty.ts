import type { Finding } from "./finding.js";
import type { Observation } from "./observation.js";
import { markOf, type Profile, profileLimits } from "./profile.js";
import { isShare, medianOf, robustZ } from "./statistics.js";
import type { Thresholds } from "./thresholds.js";

/** A large amount, and much of what the wallet had, went to a wallet that it never had to do with. */
export function findNewLargeCounterparty(
  { amounts, largest, counterparties }: Profile,
  { flow, walletId, counterpartyId, asset, amount, balanceAfter, transactionId }: Observation,
  { historyMin, zMin, largestFactor, balanceShareMin }: Thresholds["new_large_counterparty"],
): Finding | null {
  if (flow !== "out" || counterpartyId === null || amounts.length < historyMin) return null;
  // Whoever pays so many that not all of them are remembered has new ones all the time.
  if (counterparties.length >= profileLimits.counterpartiesMax) return null;
  if (counterparties.includes(markOf(counterpartyId))) return null;
  if (!isShare(amount, balanceAfter + amount, balanceShareMin)) return null;
  if (!isShare(amount, largest, largestFactor)) return null;
  const z = robustZ(amount, amounts);
  if (z < zMin) return null;
  const median = medianOf(amounts);
  return {
    transactionIds: [transactionId],
    summary:
      `Wallet ${walletId} sent ${amount} ${asset} to wallet ${counterpartyId}, which it never had to do with; ` +
      `its usual amount is ${median}.`,
    evidence: {
      counterparty_wallet_id: counterpartyId,
      amount_units: `${amount}`,
      median_units: `${median}`,
      robust_z: z.toFixed(2),
      balance_before_units: `${balanceAfter + amount}`,
    },
  };
}
