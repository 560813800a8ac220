import { findHolder, listHolders } from "../db/holders.js";
import type { Pool } from "../db/pool.js";
import type { Act, Acts } from "../engine/acts.js";
import { changeHolder, createHolder, setHolderStatus } from "../engine/holders.js";
import { newId } from "../engine/new-id.js";
import { HolderStatus } from "../gen/wallet/v1/holder_pb.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import { holderNotFound } from "../ledger/rules.js";
import type { Holder, HolderStatus as Status } from "../ledger/wallet.js";
import { Check } from "./decode/check.js";
import { claimOf } from "./decode/claim.js";
import { decodeEnum } from "./decode/enum.js";
import { decodePage, sortKeys, timeAndId } from "./decode/page.js";
import { checkEmail, checkHolderId, checkName, checkReason } from "./decode/text.js";
import { assertOwnHolder } from "./decode/wallet-ref.js";
import { encodeHolder } from "./encode/wallet.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";

type HolderReads = Required<Pick<Handlers["wallet"], "getHolder" | "listHolders">>;
type HolderActs = Required<Pick<Handlers["wallet"], "createHolder" | "updateHolder">>;
type HolderStatusActs = Required<Pick<Handlers["admin"], "suspendHolder" | "reactivateHolder">>;

/** The RPCs that read holders. */
export function holderReadHandlers(reader: Pool): HolderReads {
  return {
    getHolder: async (request, call) => {
      const holderId = namedHolder(request.holderId, call);
      const check = new Check();
      checkHolderId(check, "holder_id", holderId);
      check.done();
      call.concerns({ holderIds: [holderId] });
      assertOwnHolder(call.caller, holderId);
      const holder = await findHolder(reader, holderId);
      if (holder === undefined) throw holderNotFound(holderId);
      return { holder: encodeHolder(holder) };
    },
    listHolders: async (request, call) => {
      const check = new Check();
      const status = decodeEnum(check, "status", HolderStatus, request.status);
      checkEmail(check, request.email);
      const page = decodePage(
        check,
        request,
        ["holders", status, request.email],
        [sortKeys.time, sortKeys.text],
      );
      call.concerns({});
      const after = timeAndId(page);
      const email = request.email === "" ? null : request.email;
      const read = await listHolders(reader, { status, email, after, limit: page.size + 1 });
      const { elements, nextPageToken } = page.cut(read, (holder) => [`${holder.createTime}`, holder.id]);
      return { holders: elements.map(encodeHolder), nextPageToken };
    },
  };
}

/** The RPCs that create and change holders. */
export function holderActHandlers(acts: Acts): HolderActs {
  return {
    createHolder: async (request, call) => {
      const { email, displayName } = request;
      const check = new Check();
      // Without an id from the caller, the service makes one. The fingerprint knows only what the caller gave.
      const id = request.holderId === "" ? newId() : request.holderId;
      checkHolderId(check, "holder_id", id);
      checkEmail(check, email);
      checkName(check, "display_name", displayName);
      check.done();
      return done(acts, call, id, {
        fingerprint: fingerprintOf(call.method, [
          [1, request.holderId],
          [2, email],
          [3, displayName],
        ]),
        run: (context) => createHolder(context, { id, email: email === "" ? null : email, displayName }),
      });
    },
    updateHolder: async (request, call) => {
      const id = namedHolder(request.holderId, call);
      const check = new Check();
      checkHolderId(check, "holder_id", id);
      checkEmail(check, request.email ?? "");
      checkName(check, "display_name", request.displayName ?? "");
      check.done();
      call.concerns({ holderIds: [id] });
      assertOwnHolder(call.caller, id);
      return done(acts, call, id, {
        fingerprint: fingerprintOf(call.method, [
          [1, id],
          [2, request.email ?? null],
          [3, request.displayName ?? null],
        ]),
        run: (context) => changeHolder(context, id, changeOf(request)),
      });
    },
  };
}

/** The RPCs that suspend and reactivate holders. */
export function holderStatusHandlers(acts: Acts): HolderStatusActs {
  const setStatus = (status: Status) => async (request: { holderId: string; reason: string }, call: Call) => {
    const { holderId, reason } = request;
    const check = new Check();
    checkHolderId(check, "holder_id", holderId);
    checkReason(check, reason);
    check.done();
    return done(acts, call, holderId, {
      fingerprint: fingerprintOf(call.method, [
        [1, holderId],
        [2, reason],
      ]),
      reason,
      run: (context) => setHolderStatus(context, holderId, status),
    });
  };
  return { suspendHolder: setStatus("SUSPENDED"), reactivateHolder: setStatus("ACTIVE") };
}

async function done(
  acts: Acts,
  call: Call,
  holderId: string,
  { fingerprint, run, reason = "" }: { fingerprint: Buffer; run: Act<Holder>["run"]; reason?: string },
) {
  const claim = claimOf(call, newId(), fingerprint);
  const { result, replayed } = await acts.run({
    claim,
    deadlineMs: call.deadlineMs,
    resourceId: holderId,
    holderId,
    reason,
    run,
  });
  if (replayed) call.setReplayed();
  return { holder: encodeHolder(result) };
}

/** A holder that names nobody means itself. */
function namedHolder(holderId: string, { caller }: Call): string {
  return holderId === "" && caller.role === "holder" ? caller.subject : holderId;
}

function changeOf({ email, displayName }: { email?: string | undefined; displayName?: string | undefined }) {
  return {
    ...(email === undefined ? {} : { email: email === "" ? null : email }),
    ...(displayName === undefined ? {} : { displayName }),
  };
}
