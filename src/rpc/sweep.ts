import { newId } from "../engine/new-id.js";
import { type RequestedSweepContext, sweepOnRequest } from "../engine/sweep.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import { Check } from "./decode/check.js";
import { claimOf } from "./decode/claim.js";
import type { Handlers } from "./pipeline/handlers.js";

type SweepHandlers = Required<Pick<Handlers["admin"], "sweepExpired">>;

const countDefault = 1_000;
const countMax = 10_000;

/** The RPC that does at once the work of the sweeper, and of the queue's worker where that has gone. */
export function sweepHandlers(context: RequestedSweepContext): SweepHandlers {
  return {
    sweepExpired: async ({ maxCount }, call) => {
      const check = new Check();
      const fits = maxCount >= 0 && maxCount <= countMax;
      check.that(fits, "max_count", `must be 1 to ${countMax}, or 0 for ${countDefault}`);
      check.done();
      const max = maxCount === 0 ? countDefault : maxCount;
      const fingerprint = fingerprintOf(call.method, [[1, BigInt(max)]]);
      const claim = claimOf(call, newId(), fingerprint);
      const { deadlineMs } = call;
      const { result, replayed } = await sweepOnRequest(context, { claim, deadlineMs, max });
      if (replayed) call.setReplayed();
      const { expiredHolds, staleOperations, more } = result;
      return { expiredHoldCount: expiredHolds, staleOperationCount: staleOperations, more };
    },
  };
}
