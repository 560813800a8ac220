import { findAsset, listAssets } from "../db/assets.js";
import type { Pool } from "../db/pool.js";
import type { Acts } from "../engine/acts.js";
import { changeAsset, createAsset } from "../engine/assets.js";
import { newId } from "../engine/new-id.js";
import { type AssetLimits as AssetLimitsMessage, AssetStatus } from "../gen/wallet/v1/asset_pb.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import { assetNotFound } from "../ledger/rules.js";
import type { Asset, AssetLimits, AssetStatus as Status } from "../ledger/wallet.js";
import { Check } from "./decode/check.js";
import { claimOf } from "./decode/claim.js";
import { decodeEnum } from "./decode/enum.js";
import { decodeLimit } from "./decode/limit.js";
import { decodePage, sortKeys, timeAndId } from "./decode/page.js";
import { checkAssetCode, checkName, checkReason } from "./decode/text.js";
import { encodeAsset } from "./encode/wallet.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";

type AssetReads = Required<Pick<Handlers["wallet"], "getAsset" | "listAssets">>;
type AssetActs = Required<
  Pick<Handlers["admin"], "createAsset" | "updateAsset" | "freezeAsset" | "unfreezeAsset">
>;

const scaleMax = 9;

/** The RPCs that read assets. */
export function assetReadHandlers(reader: Pool): AssetReads {
  return {
    getAsset: async ({ code }) => {
      const check = new Check();
      checkAssetCode(check, "code", code);
      check.done();
      const asset = await findAsset(reader, code);
      if (asset === undefined) throw assetNotFound(code);
      return { asset: encodeAsset(asset) };
    },
    listAssets: async (request) => {
      const check = new Check();
      const status = decodeEnum(check, "status", AssetStatus, request.status);
      const page = decodePage(check, request, ["assets", status], [sortKeys.time, sortKeys.text]);
      const after = timeAndId(page);
      const read = await listAssets(reader, { status, after, limit: page.size + 1 });
      const { elements, nextPageToken } = page.cut(read, (asset) => [`${asset.createTime}`, asset.code]);
      return { assets: elements.map(encodeAsset), nextPageToken };
    },
  };
}

/** The RPCs that create and change assets. */
export function assetActHandlers(acts: Acts): AssetActs {
  const setStatus = (status: Status) => async (request: { code: string; reason: string }, call: Call) => {
    const check = new Check();
    checkAssetCode(check, "code", request.code);
    checkReason(check, request.reason);
    check.done();
    return change(acts, call, request, [[2, request.reason]], { status });
  };
  return {
    createAsset: async ({ code, name, scale }, call) => {
      const check = new Check();
      checkAssetCode(check, "code", code);
      check.that(name !== "", "name", "is required");
      checkName(check, "name", name);
      check.that(scale >= 0 && scale <= scaleMax, "scale", `must be from 0 to ${scaleMax}`);
      check.done();
      const fingerprint = fingerprintOf(call.method, [
        [1, code],
        [2, name],
        [3, BigInt(scale)],
      ]);
      const { result, replayed } = await acts.run({
        claim: claimOf(call, newId(), fingerprint),
        deadlineMs: call.deadlineMs,
        resourceId: code,
        run: (context) => createAsset(context, { code, name, scale }),
      });
      return answer(call, result, replayed);
    },
    updateAsset: async ({ code, name, limits }, call) => {
      const check = new Check();
      checkAssetCode(check, "code", code);
      check.that(name !== "", "name", "must not be empty; leave it out to keep the name");
      checkName(check, "name", name ?? "");
      const newLimits = limits === undefined ? null : decodeLimits(check, limits);
      check.done();
      const changes = { ...(name !== undefined && { name }), ...newLimits };
      return change(acts, call, { code, reason: "" }, fieldsOf(name, newLimits), changes);
    },
    freezeAsset: setStatus("FROZEN"),
    unfreezeAsset: setStatus("ACTIVE"),
  };
}

function decodeLimits(check: Check, limits: AssetLimitsMessage): AssetLimits {
  const { transactionLimitUnits, dailyLimitUnits } = limits;
  return {
    transactionLimit: decodeLimit(check, "limits.transaction_limit_units", transactionLimitUnits),
    dailyLimit: decodeLimit(check, "limits.daily_limit_units", dailyLimitUnits),
  };
}

/** What a change of an asset is told apart by. Limits that stay are not limits that are removed. */
function fieldsOf(
  name: string | undefined,
  limits: AssetLimits | null,
): (readonly [number, string | bigint | null])[] {
  const named = [2, name ?? null] as const;
  if (limits === null) return [named];
  return [named, [3, limits.transactionLimit], [4, limits.dailyLimit]];
}

async function change(
  acts: Acts,
  call: Call,
  { code, reason }: { code: string; reason: string },
  fields: readonly (readonly [number, string | bigint | null])[],
  changes: { name?: string; status?: Status } & Partial<AssetLimits>,
) {
  const { result, replayed } = await acts.run({
    claim: claimOf(call, newId(), fingerprintOf(call.method, [[1, code], ...fields])),
    deadlineMs: call.deadlineMs,
    resourceId: code,
    reason,
    run: (context) => changeAsset(context, code, changes),
  });
  return answer(call, result, replayed);
}

function answer(call: Call, asset: Asset, replayed: boolean) {
  if (replayed) call.setReplayed();
  return { asset: encodeAsset(asset) };
}
