import { givenFrozenAsset, givenSuspendedHolder, type Place } from "./place.js";
import type { RefusalCase } from "./refusal-case.js";

/** Every refusal of CreateWallet. */
export const walletOpeningCases: readonly RefusalCase[] = [
  createWallet({
    reason: "INVALID_FIELD",
    when: "for nobody in nothing",
    of: async () => ({ holderId: "", asset: "", metadata: { fields: "holder_id, asset" } }),
  }),
  createWallet({
    reason: "ASSET_NOT_FOUND",
    when: "in an asset that there is not",
    of: async () => ({ asset: "none", metadata: { asset: "none" } }),
  }),
  createWallet({
    reason: "HOLDER_NOT_FOUND",
    when: "for a holder that there is not",
    of: async () => ({ holderId: "nobody", metadata: { holder_id: "nobody" } }),
  }),
  createWallet({
    reason: "ASSET_FROZEN",
    when: "in a frozen asset",
    of: async (place) => {
      await givenFrozenAsset(place);
      return { metadata: { asset: place.asset } };
    },
  }),
  createWallet({
    reason: "HOLDER_SUSPENDED",
    when: "for a suspended holder",
    of: async (place) => {
      await givenSuspendedHolder(place);
      return { holderId: place.holder, metadata: { holder_id: place.holder } };
    },
  }),
  createWallet({
    reason: "WALLET_EXISTS",
    when: "for a holder that has one",
    of: async ({ holder, walletId, asset }) => ({
      holderId: holder,
      metadata: { wallet_id: walletId, holder_id: holder, asset },
    }),
  }),
];

/** A refusal to open a wallet: by default one for the place's stranger in its asset. */
function createWallet({
  of,
  ...rest
}: Pick<RefusalCase, "reason" | "when"> & {
  of(place: Place): Promise<{ holderId?: string; asset?: string; metadata: Record<string, string> }>;
}): RefusalCase {
  return {
    rpc: "CreateWallet",
    ...rest,
    arrange: async (place) => {
      const { metadata, ...given } = await of(place);
      const request = { holderId: place.stranger, asset: place.asset, ...given };
      return { call: (by, options) => by.wallet.createWallet(request, options), metadata };
    },
  };
}
