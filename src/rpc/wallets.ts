import type { Pool } from "../db/pool.js";
import { listWallets } from "../db/wallets.js";
import type { Acts } from "../engine/acts.js";
import { closeWallet, createWallet, setWalletStatus } from "../engine/wallets.js";
import { SystemRole, WalletStatus } from "../gen/wallet/v1/wallet_pb.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import { addressOfHolder } from "../ledger/movement.js";
import { Check } from "./decode/check.js";
import { decodeEnum } from "./decode/enum.js";
import { decodePage, sortKeys, timeAndId } from "./decode/page.js";
import { checkAssetCode, checkHolderId } from "./decode/text.js";
import { decodeExpectedVersion } from "./decode/version.js";
import { assertOwnHolder, assertOwnNamed, decodeWalletRef } from "./decode/wallet-ref.js";
import { encodeWallet } from "./encode/wallet.js";
import { readNamedWallet } from "./find-wallet.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";
import { decodeNamedWallet, runWalletAct, type WalletActRequest } from "./wallet-act.js";

type WalletReads = Required<Pick<Handlers["wallet"], "getWallet" | "listWallets">>;
type WalletActs = Required<Pick<Handlers["wallet"], "createWallet">>;
type WalletStatusActs = Required<Pick<Handlers["admin"], "freezeWallet" | "unfreezeWallet" | "closeWallet">>;

/** The RPCs that read wallets. */
export function walletReadHandlers(reader: Pool): WalletReads {
  return {
    getWallet: async ({ wallet: ref, asset }, call) => {
      const check = new Check();
      const address = decodeWalletRef(check, call.caller, {
        ref,
        field: "wallet",
        asset,
        assetField: "asset",
      });
      check.done();
      call.concerns({ wallets: [address] });
      assertOwnNamed(call.caller, address);
      return { wallet: encodeWallet(await readNamedWallet(reader, call.caller, address, asset)) };
    },
    listWallets: async (request, call) => {
      const check = new Check();
      const holderId =
        request.holderId === "" && call.caller.role === "holder" ? call.caller.subject : request.holderId;
      if (holderId !== "") checkHolderId(check, "holder_id", holderId);
      if (request.asset !== "") checkAssetCode(check, "asset", request.asset);
      const status = decodeEnum(check, "status", WalletStatus, request.status);
      const systemRole = decodeEnum(check, "system_role", SystemRole, request.systemRole);
      const page = decodePage(
        check,
        request,
        ["wallets", holderId, request.asset, status, systemRole],
        [sortKeys.time, sortKeys.uuid],
      );
      call.concerns(holderId === "" ? {} : { holderIds: [holderId] });
      assertOwnHolder(call.caller, holderId);
      const read = await listWallets(reader, {
        holderId: holderId === "" ? null : holderId,
        asset: request.asset === "" ? null : request.asset,
        status,
        systemRole,
        after: timeAndId(page),
        limit: page.size + 1,
      });
      const { elements, nextPageToken } = page.cut(read, (wallet) => [`${wallet.createTime}`, wallet.id]);
      return { wallets: elements.map(encodeWallet), nextPageToken };
    },
  };
}

/** The RPC that opens a wallet before its first credit. */
export function walletActHandlers(acts: Acts): WalletActs {
  return {
    createWallet: async ({ holderId, asset }, call) => {
      const check = new Check();
      checkHolderId(check, "holder_id", holderId);
      checkAssetCode(check, "asset", asset);
      check.done();
      return runWalletAct(acts, call, addressOfHolder(asset, holderId), {
        fingerprint: fingerprintOf(call.method, [
          [1, holderId],
          [2, asset],
        ]),
        run: (context) => createWallet(context, { holderId, asset }),
      });
    },
  };
}

/** The RPCs that freeze, unfreeze and close wallets. */
export function walletStatusHandlers(acts: Acts): WalletStatusActs {
  const setStatus = (status: "ACTIVE" | "FROZEN") => async (request: WalletActRequest, call: Call) => {
    const check = new Check();
    const named = decodeNamedWallet(check, call, request);
    check.done();
    return runWalletAct(acts, call, named.address, {
      fingerprint: fingerprintOf(call.method, [
        [1, named.address.walletId],
        [2, named.asset],
        [3, request.reason],
      ]),
      reason: request.reason,
      run: (context) => setWalletStatus(context, named, status),
    });
  };
  return {
    freezeWallet: setStatus("FROZEN"),
    unfreezeWallet: setStatus("ACTIVE"),
    closeWallet: async (request, call) => {
      const check = new Check();
      const named = decodeNamedWallet(check, call, request);
      const expectedVersion = decodeExpectedVersion(check, "expected_version", request.expectedVersion);
      check.done();
      return runWalletAct(acts, call, named.address, {
        fingerprint: fingerprintOf(call.method, [
          [1, named.address.walletId],
          [2, named.asset],
          [3, request.reason],
          [4, expectedVersion],
        ]),
        reason: request.reason,
        run: (context) => closeWallet(context, named, expectedVersion),
      });
    },
  };
}
