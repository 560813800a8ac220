import type { Acts } from "../engine/acts.js";
import { newId } from "../engine/new-id.js";
import { type SweepContext, sweepOnRequest } from "../engine/sweep.js";
import { fingerprintOf } from "../ledger/fingerprint.js";
import { Check } from "./decode/check.js";
import { claimOf } from "./decode/claim.js";
import type { Handlers } from "./pipeline/handlers.js";

type SweepHandlers = Required<Pick<Handlers["admin"], "sweepExpired">>;

const countDefault = 1_000;
const countMax = 10_000;

/** The RPC that does the sweeper's work at once. */
export function sweepHandlers(context: SweepContext & { readonly acts: Acts }): SweepHandlers {
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
      return { expiredHoldCount: result.expiredHolds, staleOperationCount: 0, more: result.more };
    },
  };
}
