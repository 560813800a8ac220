import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { keyed } from "../../support/app.js";
import { givenExpired, givenHold } from "../../support/given.js";
import { anyStop, type Change, misnamedCases, stoppedCases } from "./held-things.js";
import type { Place } from "./place.js";
import type { RefusalCase } from "./refusal-case.js";

const extend: Change = (by, holdId, options) =>
  by.wallet.extendHold({ holdId, ttl: { seconds: 864_000n } }, options);

/** The RPCs that end a hold or let it last longer. */
const changes: Record<string, Change> = {
  VoidHold: (by, holdId, options) => by.wallet.voidHold({ holdId }, options),
  ExtendHold: extend,
};

const hold = ({ app, holder, asset }: Place) => givenHold(app, holder, asset, 10n);

/** Every refusal of VoidHold and ExtendHold. */
export const holdCases: readonly RefusalCase[] = [
  ...Object.entries(changes).flatMap(([rpc, change]): RefusalCase[] => [
    ...misnamedCases({ rpc, noun: "hold", change }, "HOLD_NOT_FOUND"),
    {
      rpc,
      reason: "HOLD_RESOLVED",
      when: "of a hold that was captured in part and then voided",
      arrange: async (place) => {
        const holdId = await hold(place);
        const amount = { asset: place.asset, units: 3n };
        await place.caller.wallet.captureHold({ holdId, amount }, keyed());
        await place.caller.wallet.voidHold({ holdId }, keyed());
        const figures = { captured_units: "3", released_units: "7" };
        return {
          call: (by, options) => change(by, holdId, options),
          metadata: { hold_id: holdId, state: "VOIDED", asset: place.asset, ...figures },
        };
      },
    },
    {
      rpc,
      reason: "HOLD_EXPIRED",
      when: "of a hold whose time ran out",
      arrange: async (place) => {
        const holdId = await givenReleased(place);
        const { hold: expired } = await place.caller.wallet.getHold({ holdId });
        return {
          call: (by, options) => change(by, holdId, options),
          metadata: {
            hold_id: holdId,
            expire_time: millisOf(expired?.expireTime),
            asset: place.asset,
            released_units: "10",
          },
        };
      },
    },
  ]),
  ...stoppedCases({ rpc: "ExtendHold", noun: "hold", change: extend }, anyStop, hold),
];

/** A hold that expired and was released, so that the refusal finds nothing to release any more. */
async function givenReleased(place: Place): Promise<string> {
  const holdId = await hold(place);
  await givenExpired(place.app, holdId);
  await place.caller.admin.sweepExpired({}, keyed());
  return holdId;
}

/** A time as refusals tell it, to the millisecond that has begun. */
function millisOf(
  { seconds, nanos }: Pick<Timestamp, "seconds" | "nanos"> = { seconds: 0n, nanos: 0 },
): string {
  return new Date(Number(seconds) * 1_000 + Math.trunc(nanos / 1_000_000)).toISOString();
}
