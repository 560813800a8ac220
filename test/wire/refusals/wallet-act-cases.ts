import type { keyed, TestClients } from "../../support/app.js";
import { ofWallet } from "../../support/given.js";
import { misnamed, type Named, ownWallet } from "./named-wallet.js";
import { givenClosedWallet, type Place } from "./place.js";
import type { RefusalCase } from "./refusal-case.js";

/** What every act on a wallet takes; a version and a floor only where the act has them. */
type Request = Named & { reason: string; expectedVersion?: bigint; minBalanceUnits?: bigint };

type Act = (
  by: TestClients,
  request: Request,
  options: ReturnType<typeof keyed> | undefined,
) => Promise<unknown>;

/** The RPCs that change a wallet without moving value. */
const acts = {
  FreezeWallet: (by, request, options) => by.admin.freezeWallet(request, options),
  UnfreezeWallet: (by, request, options) => by.admin.unfreezeWallet(request, options),
  CloseWallet: (by, request, options) => by.admin.closeWallet(request, options),
  SetWalletLimits: (by, request, options) => by.admin.setWalletLimits(request, options),
} satisfies Record<string, Act>;

type Rpc = keyof typeof acts;

const reason = "for the test";

/** What refuses every act on a wallet alike. */
const common = (Object.keys(acts) as Rpc[]).flatMap((rpc): RefusalCase[] => [
  {
    rpc,
    reason: "INVALID_FIELD",
    when: "of a wallet whose id is none, for no reason",
    arrange: () => ({
      call: act(rpc, { wallet: ofWallet("wallet-7"), asset: "", reason: "" }),
      metadata: { fields: "wallet.wallet_id, reason" },
    }),
  },
  ...misnamed.map((wrong) => ({
    rpc,
    reason: wrong.reason,
    when: wrong.when,
    arrange: async (place: Place) => {
      const { metadata, ...named } = await wrong.name(place);
      return { call: act(rpc, { ...named, reason }), metadata };
    },
  })),
]);

const closed = (["FreezeWallet", "UnfreezeWallet", "SetWalletLimits"] as const).map(
  (rpc): RefusalCase => ({
    rpc,
    reason: "WALLET_CLOSED",
    when: "of a closed wallet",
    arrange: async (place) => {
      await givenClosedWallet(place);
      return {
        call: act(rpc, { ...ownWallet(place), reason }),
        metadata: { wallet_id: place.walletId },
      };
    },
  }),
);

const versions = (["CloseWallet", "SetWalletLimits"] as const).map(
  (rpc): RefusalCase => ({
    rpc,
    reason: "VERSION_MISMATCH",
    when: "at a version that the wallet does not have",
    arrange: (place) => ({
      call: act(rpc, { ...ownWallet(place), reason, expectedVersion: 7n }),
      metadata: { wallet_id: place.walletId, expected_version: "7", current_version: "1" },
    }),
  }),
);

/** Every refusal of the RPCs that change a wallet without moving value. */
export const walletActCases: readonly RefusalCase[] = [
  ...common,
  ...closed,
  ...versions,
  {
    rpc: "CloseWallet",
    reason: "WALLET_NOT_EMPTY",
    when: "of a wallet that has something",
    arrange: (place) => ({
      call: act("CloseWallet", { ...ownWallet(place), reason }),
      metadata: { wallet_id: place.walletId, asset: place.asset, posted_units: "100", held_units: "0" },
    }),
  },
  {
    rpc: "SetWalletLimits",
    reason: "INSUFFICIENT_FUNDS",
    when: "with a floor above what there is",
    arrange: (place) => ({
      call: act("SetWalletLimits", { ...ownWallet(place), reason, minBalanceUnits: 130n }),
      metadata: {
        wallet_id: place.walletId,
        asset: place.asset,
        available_units: "100",
        requested_units: "130",
        shortfall_units: "30",
      },
    }),
  },
];

function act(rpc: Rpc, request: Request): (by: TestClients, options: Parameters<Act>[2]) => Promise<unknown> {
  return (by, options) => acts[rpc](by, request, options);
}
