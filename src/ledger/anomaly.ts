import type { AnomalyRuleName, AnomalySeverity } from "./anomaly/finding.js";
import { WalletError } from "./wallet-error.js";

/** OPEN waits for a review; the other two are what the review found, and final. */
export type AnomalyState = "OPEN" | "CONFIRMED" | "DISMISSED";

/**
 * Whether the wallet is frozen for it: NONE asks for nothing, DUE is yet to be done, FROZEN was done by it, and LEFT was
 * not, because the wallet was frozen or closed already or somebody had reviewed the anomaly before.
 */
export type AnomalyFreezeState = "NONE" | "DUE" | "FROZEN" | "LEFT";

/** Something unusual in what has been committed. All but the review and the freeze is written once. */
export interface Anomaly {
  readonly id: string;
  /** The name of the rule that found it; one of an earlier release may no longer be known. */
  readonly rule: AnomalyRuleName | (string & {});
  readonly severity: AnomalySeverity;
  readonly state: AnomalyState;
  readonly walletId: string;
  readonly holderId: string;
  /** The transactions that it rests on, oldest first, at most 100. */
  readonly transactionIds: readonly string[];
  readonly summary: string;
  readonly evidence: Readonly<Record<string, string>>;
  readonly freezeState: AnomalyFreezeState;
  /** Who reviewed it, as a caller is named. Empty while it is OPEN, as is the reason. */
  readonly reviewedBy: string;
  readonly reviewReason: string;
  /** When it was found and when it was reviewed, in microseconds since 1970. */
  readonly createTime: bigint;
  readonly reviewTime: bigint | null;
}

/** What a reviewer makes of an anomaly. */
export interface Review {
  readonly state: Exclude<AnomalyState, "OPEN">;
  readonly reviewedBy: string;
  readonly reason: string;
}

/**
 * The anomaly after its review. A freeze that was yet to be done is left.
 * @throws ANOMALY_STATE when it was reviewed before.
 */
export function reviewedAnomaly(anomaly: Anomaly, review: Review, now: bigint): Anomaly {
  const { id, state, freezeState } = anomaly;
  if (state !== "OPEN") {
    throw new WalletError("ANOMALY_STATE", `Anomaly ${id} is ${state}. Only an OPEN one can be reviewed.`, {
      metadata: { anomaly_id: id, state },
    });
  }
  return {
    ...anomaly,
    state: review.state,
    freezeState: freezeState === "DUE" ? "LEFT" : freezeState,
    reviewedBy: review.reviewedBy,
    reviewReason: review.reason,
    reviewTime: now,
  };
}

export function anomalyNotFound(anomalyId: string): WalletError {
  return new WalletError("ANOMALY_NOT_FOUND", `There is no anomaly ${anomalyId}.`, {
    metadata: { anomaly_id: anomalyId },
  });
}
