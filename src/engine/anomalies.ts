import { lockAnomaly, updateAnomaly } from "../db/anomaly-writes.js";
import { insertAudit } from "../db/journal.js";
import { type Anomaly, anomalyNotFound, type Review, reviewedAnomaly } from "../ledger/anomaly.js";
import type { Claim } from "../ledger/movement.js";
import type { ActContext } from "./acts.js";
import { lockNamedWallet } from "./named-wallet.js";
import { newId } from "./new-id.js";
import { setWalletStatus } from "./wallets.js";

/** What a reviewer asks for. */
export interface ReviewRequest {
  readonly anomalyId: string;
  readonly review: Review;
  /** Whether the wallet is unfrozen, if it is frozen. */
  readonly unfreezeWallet: boolean;
  /** Under which the review is made, for the audit log. */
  readonly claim: Claim;
}

/**
 * Reviews an anomaly, and unfreezes its wallet where that is asked for. The anomaly is locked before the wallet.
 *
 * @throws ANOMALY_NOT_FOUND, ANOMALY_STATE, and WALLET_CLOSED when a closed wallet is to be unfrozen
 */
export async function reviewAnomaly(context: ActContext, request: ReviewRequest): Promise<Anomaly> {
  const anomaly = await lockAnomaly(context.session, request.anomalyId);
  if (anomaly === undefined) throw anomalyNotFound(request.anomalyId);
  const reviewed = reviewedAnomaly(anomaly, request.review, context.now);
  if (request.unfreezeWallet) await unfreeze(context, anomaly, request);
  await updateAnomaly(context.session, reviewed);
  return reviewed;
}

async function unfreeze(context: ActContext, anomaly: Anomaly, request: ReviewRequest): Promise<void> {
  const { walletId } = anomaly;
  const named = { address: { walletId, holderId: null }, asset: "" };
  const { status } = await lockNamedWallet(context, named);
  await setWalletStatus(context, named, "ACTIVE");
  if (status === "ACTIVE") return;
  // The act's own entry is about the anomaly; who looks the wallet up has to find its end of the freeze, too.
  const { caller, method, requestId } = request.claim;
  await insertAudit(context.session, [
    {
      id: newId(),
      kind: "ADMINISTRATION",
      caller,
      onBehalfOf: "",
      method,
      errorReason: null,
      transactionId: null,
      resourceId: walletId,
      reason: request.review.reason,
      requestId,
      time: context.now,
    },
  ]);
}
