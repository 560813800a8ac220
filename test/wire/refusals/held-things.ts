import type { Reason } from "../../../src/ledger/reason.js";
import type { TestClients } from "../../support/app.js";
import { givenFrozenAsset, givenFrozenWallet, givenSuspendedHolder, nowhere, type Place } from "./place.js";
import type { Asked, RefusalCase } from "./refusal-case.js";

/** A call of an RPC that changes something by its id. */
export type Change = (by: TestClients, id: string, options: Parameters<Asked["call"]>[1]) => Promise<unknown>;

/** What keeps value in a wallet from being touched, and what is named then. */
export interface Stop {
  readonly reason: Reason;
  readonly when: string;
  stop(place: Place): Promise<void>;
  named(place: Place): Record<string, string>;
}

export const anyStop: readonly Stop[] = [
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
    when: "of a frozen wallet",
    stop: (place) => givenFrozenWallet(place, place.walletId),
    named: ({ walletId }) => ({ wallet_id: walletId }),
  },
];

/** The refusals of a hold or job that is there and stopped. */
export function stoppedCases(
  { rpc, noun, change }: { rpc: string; noun: "hold" | "job"; change: Change },
  stops: readonly Stop[],
  given: (place: Place) => Promise<string>,
): RefusalCase[] {
  return stops.map(({ reason, when, stop, named }) => ({
    rpc,
    reason,
    when: `of a ${noun} ${when}`,
    arrange: async (place) => {
      const id = await given(place);
      await stop(place);
      return { call: (by, options) => change(by, id, options), metadata: named(place) };
    },
  }));
}

/** The refusals of an id that names no hold or job. */
export function misnamedCases(
  { rpc, noun, change }: { rpc: string; noun: "hold" | "job"; change: Change },
  notFound: Reason,
): RefusalCase[] {
  return [
    {
      rpc,
      reason: "INVALID_FIELD",
      when: `of a ${noun} whose id is none`,
      arrange: () => ({
        call: (by, options) => change(by, `${noun}-7`, options),
        metadata: { fields: `${noun}_id` },
      }),
    },
    {
      rpc,
      reason: notFound,
      when: `of a ${noun} that there is not`,
      arrange: () => ({
        call: (by, options) => change(by, nowhere, options),
        metadata: { [`${noun}_id`]: nowhere },
      }),
    },
  ];
}
