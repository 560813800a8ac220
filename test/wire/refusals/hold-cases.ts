import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { keyed, type TestClients } from "../../support/app.js";
import { givenExpired, givenHold } from "../../support/given.js";
import { givenFrozenAsset, givenFrozenWallet, givenSuspendedHolder, nowhere, type Place } from "./place.js";
import type { Asked, RefusalCase } from "./refusal-case.js";

type Change = (by: TestClients, holdId: string, options: Parameters<Asked["call"]>[1]) => Promise<unknown>;

const extend: Change = (by, holdId, options) =>
  by.wallet.extendHold({ holdId, ttl: { seconds: 864_000n } }, options);

/** The RPCs that end a hold or let it last longer. */
const changes: Record<string, Change> = {
  VoidHold: (by, holdId, options) => by.wallet.voidHold({ holdId }, options),
  ExtendHold: extend,
};

const hold = ({ app, holder, asset }: Place) => givenHold(app, holder, asset, 10n);

/** What stops an extension, and what is named then. */
const stops: readonly (Pick<RefusalCase, "reason" | "when"> & {
  stop(place: Place): Promise<void>;
  named(place: Place): Record<string, string>;
})[] = [
  {
    reason: "ASSET_FROZEN",
    when: "in a frozen asset",
    stop: givenFrozenAsset,
    named: ({ asset }) => ({ asset }),
  },
  {
    reason: "HOLDER_SUSPENDED",
    when: "of a suspended holder",
    stop: givenSuspendedHolder,
    named: ({ holder }) => ({ holder_id: holder }),
  },
  {
    reason: "WALLET_FROZEN",
    when: "in a frozen wallet",
    stop: (place) => givenFrozenWallet(place, place.walletId),
    named: ({ walletId }) => ({ wallet_id: walletId }),
  },
];

/** Every refusal of VoidHold and ExtendHold. */
export const holdCases: readonly RefusalCase[] = [
  ...Object.entries(changes).flatMap(([rpc, change]): RefusalCase[] => [
    {
      rpc,
      reason: "INVALID_FIELD",
      when: "of a hold whose id is none",
      arrange: () => ({
        call: (by, options) => change(by, "hold-7", options),
        metadata: { fields: "hold_id" },
      }),
    },
    {
      rpc,
      reason: "HOLD_NOT_FOUND",
      when: "of a hold that there is not",
      arrange: () => ({
        call: (by, options) => change(by, nowhere, options),
        metadata: { hold_id: nowhere },
      }),
    },
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
  ...stops.map(
    ({ reason, when, stop, named }): RefusalCase => ({
      rpc: "ExtendHold",
      reason,
      when: `of a hold ${when}`,
      arrange: async (place) => {
        const holdId = await hold(place);
        await stop(place);
        return { call: (by, options) => extend(by, holdId, options), metadata: named(place) };
      },
    }),
  ),
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
