import type { Finding } from "./finding.js";
import type { Observation } from "./observation.js";
import type { Profile } from "./profile.js";
import { isShare, medianOf, robustZ } from "./statistics.js";
import type { Thresholds } from "./thresholds.js";

/** One amount went out that is far above everything that went out of the wallet before. */
export function findAmountOutlier(
  { amounts, largest }: Profile,
  { flow, walletId, asset, amount, transactionId }: Observation,
  { historyMin, zMin, largestFactor }: Thresholds["amount_outlier"],
): Finding | null {
  if (flow !== "out" || amounts.length < historyMin) return null;
  if (!isShare(amount, largest, largestFactor)) return null;
  const z = robustZ(amount, amounts);
  if (z < zMin) return null;
  const median = medianOf(amounts);
  return {
    transactionIds: [transactionId],
    summary:
      `Wallet ${walletId} sent ${amount} ${asset} in one transaction; ` +
      `its usual amount is ${median}, and the largest before was ${largest}.`,
    evidence: {
      amount_units: `${amount}`,
      median_units: `${median}`,
      largest_units: `${largest}`,
      robust_z: z.toFixed(2),
      history_count: `${amounts.length}`,
    },
  };
}
