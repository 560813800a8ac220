import type { Message } from "@bufbuild/protobuf";
import { concernedBy } from "../../engine/audit-entries.js";
import type { AuditedCall, AuditQueue } from "../../engine/audit-queue.js";
import { isRecorded, type Reason } from "../../ledger/reason.js";
import type { Caller } from "../access/caller.js";
import { peerBlock } from "../limits/address-block.js";
import type { RecordedRefusals } from "../limits/recorded-refusals.js";
import type { CallRecord } from "./record-call.js";
import { remoteAddressOf } from "./remote-address.js";
import type { Rpc } from "./rpc.js";

/** Where calls go on record that the ledger's own transactions do not record. */
export type AuditTrail = Pick<AuditQueue, "add" | "assertRoom">;

/** What decides which answered calls go on record, and receives them. */
interface CallAudit {
  readonly audit: AuditTrail;
  readonly limits: { readonly recorded: RecordedRefusals };
}

/** What of a call goes on record. */
type AuditedRecord = Pick<CallRecord, "method" | "caller" | "peer" | "requestId" | "reads" | "concerned">;

/** Whether the request only looks: at data of holders, or at what a movement would do to them. */
export function isRead({ rule }: Rpc, request: Message): boolean {
  return rule.ofHolders || validatesOnly(request);
}

/** Whether somebody looks at data of others. A holder sees its own only. */
export function looksAtOthers({ role }: Caller, reads: boolean): boolean {
  return reads && role !== "holder";
}

/**
 * Puts an answered call on record, unless the ledger has: a read of other holders' data, or a refusal. A replay is the
 * same request of the same caller, which is on record. Of the calls over a limit, the first of a window is. What failed
 * without a reason is for the log.
 */
export function auditCall({ audit: trail, limits }: CallAudit, rpc: Rpc, record: CallRecord): void {
  const { caller, error, replayed, reads } = record;
  if (error === undefined) {
    if (caller !== undefined && looksAtOthers(caller, reads)) trail.add(entryOf(record, "READ", null));
    return;
  }
  const { reason } = error;
  if (reason === undefined || replayed || isShed(reason, reads)) return;
  if (reason === "RATE_LIMITED" && !isFirstOverLimit(limits.recorded, rpc, record)) return;
  const byLedger = rpc.rule.keyed && !reads && isRecorded(reason);
  if (!byLedger) trail.add(entryOf(record, "REFUSAL", reason));
}

/** A caller is counted by itself in each class of RPC, and who is not known by the address. */
function isFirstOverLimit(
  recorded: RecordedRefusals,
  { rule }: Rpc,
  { caller, peer, error }: CallRecord,
): boolean {
  const key = caller === undefined ? peerBlock(peer) : `${rule.rateClass} ${caller.id}`;
  return recorded.isFirst(key, error?.retryDelayMs ?? 0);
}

/** Puts one movement of a call on record that was refused while the call went on, unless the ledger has. */
export function auditItem(
  trail: AuditTrail,
  record: AuditedRecord,
  refused: { readonly reason: Reason; readonly replayed: boolean },
): void {
  const { reads } = record;
  if (refused.replayed || isShed(refused.reason, reads) || (!reads && isRecorded(refused.reason))) return;
  trail.add(entryOf(record, "REFUSAL", refused.reason));
}

/**
 * Whether a movement was turned away for want of room. That says nothing about who called or what for, and to write it down
 * would take the database from the calls that were let in; the metrics count it.
 */
function isShed(reason: Reason, reads: boolean): boolean {
  return reason === "OVERLOADED" && !reads;
}

function entryOf(
  { method, caller, peer, requestId, concerned }: AuditedRecord,
  kind: AuditedCall["kind"],
  errorReason: Reason | null,
): AuditedCall {
  const { holderIds, walletIds } = concernedBy(concerned.wallets ?? []);
  return {
    kind,
    caller: caller?.id ?? "",
    onBehalfOf: "",
    remoteAddress: remoteAddressOf(peer),
    method,
    errorReason,
    holderIds: [...new Set([...holderIds, ...(concerned.holderIds ?? [])])],
    walletIds,
    transactionId: null,
    resourceId: concerned.resourceId ?? "",
    reason: "",
    requestId,
  };
}

function validatesOnly(request: Message): boolean {
  return (request as { validateOnly?: unknown }).validateOnly === true;
}
