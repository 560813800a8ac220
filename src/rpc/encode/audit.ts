import type { MessageInitShape } from "@bufbuild/protobuf";
import type { AuditEntry } from "../../db/audit-entry.js";
import { type AuditEntrySchema, AuditKind } from "../../gen/wallet/v1/audit_pb.js";
import { encodeTime } from "./money.js";

/** An audit entry as auditors see it. */
export function encodeAuditEntry(entry: AuditEntry): MessageInitShape<typeof AuditEntrySchema> {
  return {
    id: entry.id,
    kind: AuditKind[entry.kind],
    caller: entry.caller,
    onBehalfOf: entry.onBehalfOf,
    remoteAddress: entry.remoteAddress,
    method: entry.method,
    errorReason: entry.errorReason ?? "",
    holderIds: [...entry.holderIds],
    walletIds: [...new Set(entry.walletIds)],
    transactionId: entry.transactionId ?? "",
    resourceId: entry.resourceId,
    reason: entry.reason,
    requestId: entry.requestId,
    createTime: encodeTime(entry.time),
  };
}
