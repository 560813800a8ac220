import type { MessageInitShape } from "@bufbuild/protobuf";
import type { WalletRefSchema } from "../../../src/gen/wallet/v1/wallet_pb.js";
import type { Reason } from "../../../src/ledger/reason.js";
import { ofHolder, ofWallet } from "../../support/given.js";
import { givenOtherAsset, nowhere, type Place } from "./place.js";

/** How a request names a wallet. */
export interface Named {
  readonly wallet: MessageInitShape<typeof WalletRefSchema>;
  readonly asset: string;
}

/** A wallet that is named in a way that does not work. */
interface Misnamed {
  readonly reason: Reason;
  readonly when: string;
  readonly name: (place: Place) => Promise<Named & { metadata: Record<string, string> }>;
}

/** What is wrong with the name of a wallet, whatever it is named for. */
export const misnamed: readonly Misnamed[] = [
  {
    reason: "ASSET_NOT_FOUND",
    when: "in an asset that there is not",
    name: async ({ walletId }) => ({
      wallet: ofWallet(walletId),
      asset: "none",
      metadata: { asset: "none" },
    }),
  },
  {
    reason: "HOLDER_NOT_FOUND",
    when: "for a holder that there is not",
    name: async ({ asset }) => ({
      wallet: ofHolder("nobody"),
      asset,
      metadata: { holder_id: "nobody" },
    }),
  },
  {
    reason: "WALLET_NOT_FOUND",
    when: "for a wallet that there is not",
    name: async ({ asset }) => ({
      wallet: ofWallet(nowhere),
      asset,
      metadata: { wallet_id: nowhere },
    }),
  },
  {
    reason: "ASSET_MISMATCH",
    when: "in another asset than the wallet's",
    name: async (place) => {
      const asset = await givenOtherAsset(place);
      return {
        wallet: ofWallet(place.walletId),
        asset,
        metadata: { wallet_id: place.walletId, asset },
      };
    },
  },
];

/** The wallet of the place's holder. */
export function ownWallet({ holder, asset }: Place): Named {
  return { wallet: ofHolder(holder), asset };
}
