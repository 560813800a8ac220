import type { MessageInitShape } from "@bufbuild/protobuf";
import { type AnomalySchema, AnomalySeverity, AnomalyState } from "../../gen/wallet/v1/anomaly_pb.js";
import type { Anomaly } from "../../ledger/anomaly.js";
import { encodeTime } from "./money.js";

export function encodeAnomaly(anomaly: Anomaly): MessageInitShape<typeof AnomalySchema> {
  return {
    id: anomaly.id,
    rule: anomaly.rule,
    severity: AnomalySeverity[anomaly.severity],
    state: AnomalyState[anomaly.state],
    walletId: anomaly.walletId,
    holderId: anomaly.holderId,
    transactionIds: [...anomaly.transactionIds],
    summary: anomaly.summary,
    evidence: { ...anomaly.evidence },
    walletFrozen: anomaly.freezeState === "FROZEN",
    reviewedBy: anomaly.reviewedBy,
    reviewReason: anomaly.reviewReason,
    createTime: encodeTime(anomaly.createTime),
    ...(anomaly.reviewTime !== null && { reviewTime: encodeTime(anomaly.reviewTime) }),
  };
}
