import type { AuditEntry } from "../db/audit-entry.js";
import type { Release } from "../ledger/expiry.js";
import type { Claim, Movement, WalletAddress } from "../ledger/movement.js";
import type { Plan } from "../ledger/plan.js";
import { newId } from "./new-id.js";
import type { RefusedBulk } from "./settle.js";

/** Who acts when a part of the service does something by itself. The issuer is empty, as it can be in no token. */
export function ownCaller(part: string): string {
  return `|service|${part}`;
}

/** Who acts when the service as a whole does. */
export const serviceItself = ownCaller("wallet");

/** The name of what gives holds back whose time has run out, whichever batch or act comes to do it. */
export const holdExpiry = "hold_expiry";

/** The entry of what was decided for one command. */
export function auditOf(plan: Plan, now: bigint): AuditEntry {
  const { claim, movement, touches } = plan.command;
  if (movement.kind === "enqueue") return auditOfAcceptance(claim, movement.walletIds, now);
  const accepted = plan.kind === "accepted";
  const hold = accepted ? plan.hold : null;
  // A queued operation was named long before it is decided, and entries are listed by their ids.
  const id = claim.queued === null ? claim.operationId : newId();
  const inTransaction = accepted && plan.transaction?.id === id;
  const { holderIds, walletIds } = inTransaction ? nobody : concernedBy(touches.wallets);
  return {
    id,
    kind: accepted ? "MOVEMENT" : "REFUSAL",
    caller: claim.caller,
    onBehalfOf: plan.transaction?.onBehalfOf ?? hold?.onBehalfOf ?? "",
    remoteAddress: claim.remoteAddress,
    method: claim.method,
    errorReason: accepted ? null : plan.error.reason,
    holderIds,
    walletIds,
    transactionId: plan.transaction?.id ?? null,
    resourceId: plan.transaction === null ? (hold?.id ?? "") : "",
    reason: reasonOf(movement),
    requestId: claim.requestId,
    time: now,
  };
}

const nobody = { holderIds: [], walletIds: [] } as const;

/** Each of them once. The holders are those that the wallets were named by. */
export function concernedBy(wallets: readonly WalletAddress[]): Pick<AuditEntry, "holderIds" | "walletIds"> {
  const holderIds = wallets.flatMap(({ holderId }) => (holderId === null ? [] : [holderId]));
  const walletIds = wallets.map(({ walletId }) => walletId);
  return { holderIds: [...new Set(holderIds)], walletIds: [...new Set(walletIds)] };
}

/** The movement has an entry of its own, once it is decided. */
function auditOfAcceptance(claim: Claim, walletIds: readonly string[], now: bigint): AuditEntry {
  return {
    id: newId(),
    kind: "ADMINISTRATION",
    caller: claim.caller,
    onBehalfOf: "",
    remoteAddress: claim.remoteAddress,
    method: claim.method,
    errorReason: null,
    holderIds: [],
    walletIds,
    transactionId: null,
    resourceId: claim.operationId,
    reason: "",
    requestId: claim.requestId,
    time: now,
  };
}

/** The entry of a bulk that was refused whole. It concerns whom the movement concerns that it was refused for. */
export function auditOfBulk({ bulk, refusal }: RefusedBulk, now: bigint): AuditEntry {
  const { claim, commands } = bulk;
  const { holderIds, walletIds } = concernedBy(commands[refusal.index]?.touches.wallets ?? []);
  return {
    id: claim.operationId,
    kind: "REFUSAL",
    caller: claim.caller,
    onBehalfOf: "",
    remoteAddress: claim.remoteAddress,
    method: claim.method,
    errorReason: refusal.error.reason,
    holderIds,
    walletIds,
    transactionId: null,
    resourceId: claim.operationId,
    reason: "",
    requestId: claim.requestId,
    time: now,
  };
}

/** The entry of a hold whose time has run out, which nobody asked for. */
export function auditOfRelease({ hold, wallet }: Release): AuditEntry {
  const id = newId();
  return {
    id,
    kind: "MOVEMENT",
    caller: serviceItself,
    onBehalfOf: "",
    remoteAddress: "",
    method: holdExpiry,
    errorReason: null,
    holderIds: [],
    walletIds: [wallet.id],
    transactionId: null,
    resourceId: hold.id,
    reason: "",
    requestId: id,
    time: wallet.updateTime,
  };
}

/** What the caller gave as the reason; it is the description of what was done. */
function reasonOf(movement: Movement): string {
  switch (movement.kind) {
    case "reversal":
    case "job_failure":
    case "void":
      return movement.description;
    case "simple":
      return movement.type === "ADJUSTMENT" ? movement.description : "";
    default:
      return "";
  }
}
