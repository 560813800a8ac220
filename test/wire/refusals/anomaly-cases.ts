import { AnomalyState } from "../../../src/gen/wallet/v1/anomaly_pb.js";
import { givenAnomaly, transactionsOf } from "../../support/anomalies.js";
import { keyed } from "../../support/app.js";
import { givenClosedWallet, nowhere, type Place } from "./place.js";
import type { RefusalCase } from "./refusal-case.js";

const verdict = { state: AnomalyState.DISMISSED, reason: "a known customer" };

/** An anomaly of the place's wallet. Returns its id. */
async function anomalyOf({ app, walletId, holder }: Place): Promise<string> {
  const transactionIds = await transactionsOf(app.database, walletId);
  return givenAnomaly(app.database, { walletId, holderId: holder, transactionIds });
}

/** Every refusal of ReviewAnomaly. */
export const anomalyCases: readonly RefusalCase[] = [
  {
    rpc: "ReviewAnomaly",
    reason: "INVALID_FIELD",
    when: "of what cannot be one, without a verdict or a reason",
    arrange: () => ({
      call: (by, options) => by.admin.reviewAnomaly({ anomalyId: "7" }, options),
      metadata: { fields: "anomaly_id, state, reason" },
    }),
  },
  {
    rpc: "ReviewAnomaly",
    reason: "INVALID_FIELD",
    when: "that would leave it OPEN",
    arrange: async (place) => {
      const anomalyId = await anomalyOf(place);
      const state = AnomalyState.OPEN;
      return {
        call: (by, options) => by.admin.reviewAnomaly({ ...verdict, anomalyId, state }, options),
        metadata: { fields: "state" },
      };
    },
  },
  {
    rpc: "ReviewAnomaly",
    reason: "ANOMALY_NOT_FOUND",
    when: "of one that there is not",
    arrange: () => ({
      call: (by, options) => by.admin.reviewAnomaly({ ...verdict, anomalyId: nowhere }, options),
      metadata: { anomaly_id: nowhere },
    }),
  },
  {
    rpc: "ReviewAnomaly",
    reason: "ANOMALY_STATE",
    when: "of one that was reviewed, even though its wallet is closed",
    arrange: async (place) => {
      const anomalyId = await anomalyOf(place);
      await place.caller.admin.reviewAnomaly({ ...verdict, anomalyId }, keyed());
      await givenClosedWallet(place);
      return {
        call: (by, options) =>
          by.admin.reviewAnomaly({ ...verdict, anomalyId, unfreezeWallet: true }, options),
        metadata: { anomaly_id: anomalyId, state: "DISMISSED" },
      };
    },
  },
  {
    rpc: "ReviewAnomaly",
    reason: "WALLET_CLOSED",
    when: "that would unfreeze a closed wallet",
    arrange: async (place) => {
      const anomalyId = await anomalyOf(place);
      await givenClosedWallet(place);
      return {
        call: (by, options) =>
          by.admin.reviewAnomaly({ ...verdict, anomalyId, unfreezeWallet: true }, options),
        metadata: { wallet_id: place.walletId },
      };
    },
  },
];
