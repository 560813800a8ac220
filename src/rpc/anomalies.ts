import { findAnomaly, listAnomalies } from "../db/anomalies.js";
import type { Pool } from "../db/pool.js";
import type { Acts } from "../engine/acts.js";
import { reviewAnomaly } from "../engine/anomalies.js";
import { newId } from "../engine/new-id.js";
import {
  AnomalySeverity,
  AnomalyState,
  type ListAnomaliesRequest,
  type ReviewAnomalyRequest,
} from "../gen/wallet/v1/anomaly_pb.js";
import { anomalyNotFound } from "../ledger/anomaly.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import { addressOfWallet } from "../ledger/movement.js";
import { Check } from "./decode/check.js";
import { claimOf } from "./decode/claim.js";
import { decodeEnum } from "./decode/enum.js";
import { decodePage, sortKeys, timeAndId } from "./decode/page.js";
import { checkAnomalyRule, checkHolderId, checkReason, checkUuid } from "./decode/text.js";
import { decodeTimeRange } from "./decode/time.js";
import { encodeAnomaly } from "./encode/anomaly.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";

type AnomalyHandlers = Required<Pick<Handlers["admin"], "listAnomalies" | "getAnomaly" | "reviewAnomaly">>;

/** The RPCs by which people look at what was found unusual, and say what it was. */
export function anomalyHandlers(reader: Pool, acts: Acts): AnomalyHandlers {
  return {
    listAnomalies: (request, call) => list(reader, request, call),
    getAnomaly: async ({ anomalyId }, call) => {
      const check = new Check();
      checkUuid(check, "anomaly_id", anomalyId);
      check.done();
      call.concerns({ resourceId: anomalyId });
      const anomaly = await findAnomaly(reader, anomalyId);
      if (anomaly === undefined) throw anomalyNotFound(anomalyId);
      call.concerns({ resourceId: anomalyId, wallets: [addressOfWallet(anomaly.walletId)] });
      return { anomaly: encodeAnomaly(anomaly) };
    },
    reviewAnomaly: (request, call) => review(acts, request, call),
  };
}

async function list(reader: Pool, request: ListAnomaliesRequest, call: Call) {
  const check = new Check();
  const state = decodeEnum(check, "state", AnomalyState, request.state);
  const severity = decodeEnum(check, "severity", AnomalySeverity, request.severity);
  if (request.rule !== "") checkAnomalyRule(check, "rule", request.rule);
  if (request.walletId !== "") checkUuid(check, "wallet_id", request.walletId);
  if (request.holderId !== "") checkHolderId(check, "holder_id", request.holderId);
  const { start, end } = decodeTimeRange(check, request);
  const walletId = request.walletId.toLowerCase();
  const filters = ["anomalies", state, severity, request.rule, walletId, request.holderId, start, end];
  const page = decodePage(check, request, filters, [sortKeys.time, sortKeys.uuid]);
  call.concerns({
    wallets: walletId === "" ? [] : [addressOfWallet(walletId)],
    holderIds: request.holderId === "" ? [] : [request.holderId],
  });
  const read = await listAnomalies(reader, {
    state,
    severity,
    rule: request.rule === "" ? null : request.rule,
    walletId: walletId === "" ? null : walletId,
    holderId: request.holderId === "" ? null : request.holderId,
    start,
    end,
    after: timeAndId(page),
    limit: page.size + 1,
  });
  const { elements, nextPageToken } = page.cut(read, ({ createTime, id }) => [`${createTime}`, id]);
  return { anomalies: elements.map(encodeAnomaly), nextPageToken };
}

async function review(acts: Acts, request: ReviewAnomalyRequest, call: Call) {
  const check = new Check();
  const { reason, unfreezeWallet } = request;
  checkUuid(check, "anomaly_id", request.anomalyId);
  const state = decodeEnum(check, "state", AnomalyState, request.state);
  check.that(state !== null && state !== "OPEN", "state", "must be CONFIRMED or DISMISSED");
  checkReason(check, reason);
  check.done();
  const anomalyId = request.anomalyId.toLowerCase();
  const verdict = state === "CONFIRMED" ? "CONFIRMED" : "DISMISSED";
  const fingerprint = fingerprintOf(call.method, [
    [1, anomalyId],
    [2, verdict],
    [3, reason],
    [4, `${unfreezeWallet}`],
  ]);
  const claim = claimOf(call, newId(), fingerprint);
  const { result, replayed } = await acts.run({
    claim,
    deadlineMs: call.deadlineMs,
    resourceId: anomalyId,
    reason,
    run: (context) =>
      reviewAnomaly(context, {
        anomalyId,
        review: { state: verdict, reviewedBy: claim.caller, reason },
        unfreezeWallet,
      }),
  });
  if (replayed) call.setReplayed();
  return { anomaly: encodeAnomaly(result) };
}
