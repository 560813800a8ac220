import { listAuditEntries } from "../db/audit-entries.js";
import type { Pool } from "../db/pool.js";
import { AuditKind, type ListAuditEntriesRequest } from "../gen/wallet/v1/audit_pb.js";
import { addressOfWallet } from "../ledger/movement.js";
import { Check } from "./decode/check.js";
import { decodeEnum } from "./decode/enum.js";
import { decodePage, sortKeys } from "./decode/page.js";
import { checkHolderId, checkUuid } from "./decode/text.js";
import { decodeTimeRange } from "./decode/time.js";
import { encodeAuditEntry } from "./encode/audit.js";
import type { Handlers } from "./pipeline/handlers.js";
import { walletsOfHolder } from "./transactions.js";

type AuditHandlers = Required<Pick<Handlers["admin"], "listAuditEntries">>;

/** Longer than any caller, method, reason or request id that there can be. */
const filterLengthMax = 1_024;

/** The RPC that reads the audit log. */
export function auditHandlers(reader: Pool): AuditHandlers {
  return {
    listAuditEntries: async (request, call) => {
      const { filter, page } = decodeListQuery(request);
      const { holderId, walletId, transactionId, ...others } = filter;
      call.concerns({
        ...(holderId !== null && { holderIds: [holderId] }),
        ...(walletId !== null && { wallets: [addressOfWallet(walletId)] }),
        ...(transactionId !== null && { resourceId: transactionId }),
      });
      const holder =
        holderId === null ? null : { id: holderId, walletIds: await walletsOfHolder(reader, holderId, "") };
      const read = await listAuditEntries(reader, {
        ...others,
        holder,
        walletId,
        transactionId,
        afterId: page.after?.[0] ?? null,
        limit: page.size + 1,
      });
      const { elements, nextPageToken } = page.cut(read, ({ id }) => [id]);
      return { auditEntries: elements.map(encodeAuditEntry), nextPageToken };
    },
  };
}

function decodeListQuery(request: ListAuditEntriesRequest) {
  const { holderId, walletId, transactionId, ...texts } = request;
  const check = new Check();
  const text = (field: string, value: string): string | null => {
    check.that(value.length <= filterLengthMax, field, `must have at most ${filterLengthMax} characters`);
    return value === "" ? null : value;
  };
  if (holderId !== "") checkHolderId(check, "holder_id", holderId);
  if (walletId !== "") checkUuid(check, "wallet_id", walletId);
  if (transactionId !== "") checkUuid(check, "transaction_id", transactionId);
  const filter = {
    kind: decodeEnum(check, "kind", AuditKind, request.kind),
    caller: text("caller", texts.caller),
    holderId: text("holder_id", holderId),
    walletId: text("wallet_id", walletId.toLowerCase()),
    transactionId: text("transaction_id", transactionId.toLowerCase()),
    method: text("method", texts.method),
    errorReason: text("error_reason", texts.errorReason),
    requestId: text("request_id", texts.requestId),
    ...decodeTimeRange(check, request),
  };
  const page = decodePage(check, request, ["audit", filter], [sortKeys.uuid]);
  return { filter, page };
}
