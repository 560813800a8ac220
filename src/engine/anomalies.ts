import { lockAnomaly, updateAnomaly } from "../db/anomaly-writes.js";
import { type Anomaly, anomalyNotFound, type Review, reviewedAnomaly } from "../ledger/anomaly.js";
import type { ActContext } from "./acts.js";
import { setWalletStatus } from "./wallets.js";

/** What a reviewer asks for. */
export interface ReviewRequest {
  readonly anomalyId: string;
  readonly review: Review;
  /** Whether the wallet is unfrozen, if it is frozen. */
  readonly unfreezeWallet: boolean;
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
  context.concerns(anomaly.walletId);
  if (request.unfreezeWallet) await unfreeze(context, anomaly);
  await updateAnomaly(context.session, reviewed);
  return reviewed;
}

async function unfreeze(context: ActContext, { walletId }: Anomaly): Promise<void> {
  const named = { address: { walletId, holderId: null }, asset: "" };
  await setWalletStatus(context, named, "ACTIVE");
}
