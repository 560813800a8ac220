import { findHold, type HoldQuery, listHolds } from "../db/holds.js";
import type { Pool } from "../db/pool.js";
import { findWallet } from "../db/wallets.js";
import { HoldState, type ListHoldsRequest } from "../gen/wallet/v1/hold_pb.js";
import { holdNotFound } from "../ledger/hold-rules.js";
import { addressOfWallet, type WalletAddress } from "../ledger/movement.js";
import { holderWalletId } from "../ledger/wallet.js";
import type { Caller } from "./access/caller.js";
import { Check } from "./decode/check.js";
import { decodeEnum } from "./decode/enum.js";
import { decodePage, type Page, sortKeys, timeAndId } from "./decode/page.js";
import { checkAssetCode, checkExternalReference, checkHolderId, checkUuid } from "./decode/text.js";
import { decodeTimeRange } from "./decode/time.js";
import { assertOwnHolder, decodeWalletRef, notYourWallet } from "./decode/wallet-ref.js";
import { encodeHold } from "./encode/hold.js";
import type { Handlers } from "./pipeline/handlers.js";

type HoldReads = Required<Pick<Handlers["wallet"], "getHold" | "listHolds">>;

type Filter = Omit<HoldQuery, "after" | "limit">;

/** The RPCs that read holds. */
export function holdReadHandlers(reader: Pool): HoldReads {
  return {
    getHold: async ({ holdId }, call) => {
      const { caller } = call;
      const check = new Check();
      checkUuid(check, "hold_id", holdId);
      check.done();
      const resourceId = holdId.toLowerCase();
      call.concerns({ resourceId });
      const hold = await findHold(reader, resourceId);
      if (hold !== undefined) call.concerns({ resourceId, wallets: [addressOfWallet(hold.walletId)] });
      // A holder learns no more of a hold that is not its own than of one that does not exist.
      const isOwn = hold !== undefined && hold.walletId === holderWalletId(hold.asset, caller.subject);
      if (caller.role === "holder" && !isOwn) throw notYourWallet();
      if (hold === undefined) throw holdNotFound(holdId);
      return { hold: encodeHold(hold) };
    },
    listHolds: async (request, call) => {
      const { caller } = call;
      const { filter, address, page } = decodeListQuery(request, caller);
      const { holderId } = filter;
      call.concerns({
        ...(holderId !== null && { holderIds: [holderId] }),
        ...(address !== null && { wallets: [address] }),
      });
      await assertOwnHolds(reader, caller, holderId, address);
      const read = await listHolds(reader, { ...filter, after: timeAndId(page), limit: page.size + 1 });
      const { elements, nextPageToken } = page.cut(read, (hold) => [`${hold.createTime}`, hold.id]);
      return { holds: elements.map(encodeHold), nextPageToken };
    },
  };
}

function decodeListQuery(
  request: ListHoldsRequest,
  caller: Caller,
): { filter: Filter; address: WalletAddress | null; page: Page } {
  const check = new Check();
  const { asset, externalReference } = request;
  const holderId = request.holderId === "" && caller.role === "holder" ? caller.subject : request.holderId;
  if (holderId !== "") checkHolderId(check, "holder_id", holderId);
  if (asset !== "") checkAssetCode(check, "asset", asset);
  checkExternalReference(check, externalReference);
  const named = { ref: request.wallet, field: "wallet", asset, assetField: "asset" };
  const address = request.wallet === undefined ? null : decodeWalletRef(check, caller, named);
  const filter = {
    walletId: address?.walletId ?? null,
    holderId: orNull(holderId),
    asset: orNull(asset),
    state: decodeEnum(check, "state", HoldState, request.state),
    ...decodeTimeRange(check, request),
    externalReference: orNull(externalReference),
  };
  const page = decodePage(check, request, ["holds", caller.id, filter], [sortKeys.time, sortKeys.uuid]);
  return { filter, address, page };
}

/** Lets a `holder` at the holds of its own wallets only; whether another wallet exists does not show. */
async function assertOwnHolds(
  reader: Pool,
  caller: Caller,
  holderId: string | null,
  address: WalletAddress | null,
): Promise<void> {
  assertOwnHolder(caller, holderId ?? caller.subject);
  if (caller.role !== "holder" || address === null) return;
  const owner = address.holderId ?? (await findWallet(reader, address.walletId))?.holderId;
  if (owner !== caller.subject) throw notYourWallet();
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}
