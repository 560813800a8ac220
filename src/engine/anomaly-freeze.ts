import { lockAnomaly, updateAnomaly } from "../db/anomaly-writes.js";
import type { Anomaly } from "../ledger/anomaly.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import type { Claim } from "../ledger/movement.js";
import { isRecorded } from "../ledger/reason.js";
import { WalletError } from "../ledger/wallet-error.js";
import type { ActContext, Acts } from "./acts.js";
import { ownCaller } from "./audit-entries.js";
import { lockNamedWallet } from "./named-wallet.js";
import { newId } from "./new-id.js";
import { ownClaim } from "./own-claim.js";
import { setWalletStatus } from "./wallets.js";

const method = "wallet.v1.AdminService/FreezeWallet";

/** Who freezes, as the audit log names it. */
const caller = ownCaller("anomalies");

/**
 * Freezes the wallet of an anomaly as FreezeWallet does, once, whatever fails in between: its key is the anomaly's id.
 *
 * @returns whether this froze it; not so when it was frozen already, was closed, or the anomaly was reviewed meanwhile.
 * @throws CONTENTION, OVERLOADED or DATABASE_UNAVAILABLE; the freeze is still due then.
 */
export async function freezeForAnomaly(acts: Acts, anomaly: Anomaly): Promise<boolean> {
  const { id, walletId, summary } = anomaly;
  try {
    const { result } = await acts.run({
      claim: claimOf(anomaly),
      walletId,
      resourceId: walletId,
      reason: summary,
      run: (context) => freeze(context, id),
    });
    return result;
  } catch (error) {
    if (!(error instanceof WalletError) || !isRecorded(error.reason)) throw error;
    const { result } = await acts.run({
      claim: { ...claimOf(anomaly), key: `${claimOf(anomaly).key}-left` },
      resourceId: id,
      reason: error.message,
      run: (context) => leave(context, id),
    });
    return result;
  }
}

async function freeze(context: ActContext, anomalyId: string): Promise<boolean> {
  const anomaly = await lockAnomaly(context.session, anomalyId);
  if (anomaly?.freezeState !== "DUE") return false;
  const named = { address: { walletId: anomaly.walletId, holderId: null }, asset: "" };
  const { wallet } = await lockNamedWallet(context, named);
  await setWalletStatus(context, named, "FROZEN");
  const isFrozenBefore = wallet.status === "FROZEN";
  await updateAnomaly(context.session, { ...anomaly, freezeState: isFrozenBefore ? "LEFT" : "FROZEN" });
  return !isFrozenBefore;
}

async function leave({ session }: ActContext, anomalyId: string): Promise<false> {
  const anomaly = await lockAnomaly(session, anomalyId);
  if (anomaly?.freezeState === "DUE") await updateAnomaly(session, { ...anomaly, freezeState: "LEFT" });
  return false;
}

function claimOf({ id, walletId }: Anomaly): Claim {
  const fingerprint = fingerprintOf(method, [
    [1, walletId],
    [2, id],
  ]);
  return ownClaim({
    ...{ caller, key: `anomaly-${id}`, method, fingerprint },
    operationId: newId(),
    requestId: id,
  });
}
