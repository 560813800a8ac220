import { findHold } from "../db/holds.js";
import type { Pool } from "../db/pool.js";
import { newId } from "../engine/new-id.js";
import type { Poster } from "../engine/poster.js";
import { makeCommand } from "../ledger/command.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import type { Movement } from "../ledger/movement.js";
import { capturedAmount, decodeCaptureTerms, splitPairs, splitsFor } from "./decode/capture.js";
import { Check } from "./decode/check.js";
import { claimOf } from "./decode/claim.js";
import { decodeTtl } from "./decode/duration.js";
import { decodeAmount, decodeConditions } from "./decode/movement.js";
import { checkOptionalReason, checkUuid } from "./decode/text.js";
import { decodeMovedWallet } from "./decode/wallet-ref.js";
import { encodeHold } from "./encode/hold.js";
import { encodeMovementResult } from "./encode/transaction.js";
import type { Call } from "./pipeline/call.js";
import type { Handlers } from "./pipeline/handlers.js";

type HoldHandlers = Required<
  Pick<Handlers["wallet"], "authorizeHold" | "captureHold" | "voidHold" | "extendHold">
>;

const ttlDefaultMicros = 7n * 24n * 3_600n * 1_000_000n;

const noConditions = { externalReference: "", description: "", metadata: [], validateOnly: false } as const;

/** The RPCs that set value aside, take it and give it back. */
export function holdHandlers(poster: Poster, reader: Pool): HoldHandlers {
  const answer = async (call: Call, movement: Movement, fingerprint: Buffer) => {
    const command = makeCommand(claimOf(call, newId(), fingerprint), movement);
    call.concerns(command.touches);
    const result = await poster.submit(command, call.deadlineMs);
    if (result.replayed) call.setReplayed();
    if (result.hold === null) throw new Error(`${call.method} came to no hold`);
    return { hold: encodeHold(result.hold), ...encodeMovementResult(call.caller, result) };
  };
  return {
    authorizeHold: async (request, call) => {
      const check = new Check();
      const { asset, units: amount } = decodeAmount(check, request.amount);
      const positive = "must be positive, a whole number of the asset's smallest units";
      check.that(request.amount === undefined || amount > 0n, "amount.units", positive);
      const named = { ref: request.wallet, field: "wallet", asset, assetField: "amount.asset" };
      const wallet = decodeMovedWallet(check, call.caller, named);
      const ttl = request.ttl === undefined ? ttlDefaultMicros : decodeTtl(check, request.ttl);
      const conditions = decodeConditions(check, request, request.description);
      check.done();
      const fingerprint = fingerprintOf(call.method, [
        [1, wallet.walletId],
        [2, asset],
        [3, amount],
        [4, ttl],
        [5, conditions.description],
        [6, conditions.metadata],
        [7, conditions.externalReference],
        [8, conditions.expectedVersion],
      ]);
      return answer(call, { kind: "authorize", asset, amount, wallet, ttl, ...conditions }, fingerprint);
    },
    captureHold: async (request, call) => {
      const check = new Check();
      const holdId = decodeHoldId(check, request.holdId);
      const { final } = request;
      const terms = decodeCaptureTerms(check, request);
      const conditions = decodeConditions(check, request, request.description);
      check.done();
      const hold = await findPlace(reader, holdId);
      // Two splits to one wallet are wrong whether or not there is such a hold.
      const asked = splitsFor(hold ?? { walletId: "", asset: terms.assets[0] ?? "" }, terms);
      const splits = hold === null ? [] : asked;
      const amount = capturedAmount(terms);
      const fingerprint = fingerprintOf(call.method, [
        [1, holdId],
        [2, terms.amount],
        [3, `${final}`],
        [4, splitPairs(splits)],
        [5, conditions.description],
        [6, conditions.metadata],
        [7, conditions.externalReference],
        [8, conditions.expectedVersion],
        [9, terms.assets.join(",")],
      ]);
      const { assets } = terms;
      const movement = {
        kind: "capture",
        holdId,
        hold,
        amount,
        assets,
        final,
        splits,
        ...conditions,
      } as const;
      return answer(call, movement, fingerprint);
    },
    voidHold: async ({ holdId: given, reason }, call) => {
      const check = new Check();
      const holdId = decodeHoldId(check, given);
      checkOptionalReason(check, reason);
      check.done();
      const hold = await findPlace(reader, holdId);
      const fingerprint = fingerprintOf(call.method, [
        [1, holdId],
        [2, reason],
      ]);
      return answer(call, { kind: "void", holdId, hold, ...noConditions, description: reason }, fingerprint);
    },
    extendHold: async ({ holdId: given, ttl: wanted }, call) => {
      const check = new Check();
      const holdId = decodeHoldId(check, given);
      check.that(wanted !== undefined, "ttl", "is required");
      const ttl = wanted === undefined ? 0n : decodeTtl(check, wanted);
      check.done();
      const hold = await findPlace(reader, holdId);
      const fingerprint = fingerprintOf(call.method, [
        [1, holdId],
        [2, ttl],
      ]);
      return answer(call, { kind: "extend", holdId, hold, ttl, ...noConditions }, fingerprint);
    },
  };
}

function decodeHoldId(check: Check, holdId: string): string {
  checkUuid(check, "hold_id", holdId);
  return holdId.toLowerCase();
}

/** Where a hold holds, which never changes; null when there is no such hold. */
async function findPlace(reader: Pool, holdId: string): Promise<{ walletId: string; asset: string } | null> {
  const hold = await findHold(reader, holdId);
  return hold === undefined ? null : { walletId: hold.walletId, asset: hold.asset };
}
