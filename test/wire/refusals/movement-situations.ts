import type { Reason } from "../../../src/ledger/reason.js";
import { keyed, type TestClients } from "../../support/app.js";
import { ofWallet } from "../../support/given.js";
import { ask, type Kind, type Terms } from "./movement-kinds.js";
import { misnamed } from "./named-wallet.js";
import {
  givenClosedWallet,
  givenFrozenAsset,
  givenFrozenWallet,
  givenSuspendedHolder,
  type Place,
  systemWallet,
} from "./place.js";

/** A situation in which movements are refused. */
export interface Situation {
  readonly reason: Reason;
  readonly when: string;
  readonly arrange: (place: Place, kind: Kind) => Promise<Outcome>;
}

/** What is asked in a situation, as far as it is not the usual, and what the refusal names. */
interface Outcome {
  readonly by?: TestClients;
  readonly terms?: Partial<Terms>;
  readonly metadata: Record<string, string>;
}

/** What refuses every movement of one amount alike. */
export const common: readonly Situation[] = [
  {
    reason: "INVALID_FIELD",
    when: "of nothing, with a reference that is too long and a version below 0",
    arrange: async () => ({
      terms: { units: 0n, externalReference: "r".repeat(65), expectedVersion: -1n },
      metadata: { fields: "amount.units, external_reference, expected_version" },
    }),
  },
  {
    reason: "INVALID_FIELD",
    when: "of TREASURY, which only top-ups and withdrawals take from and give to",
    arrange: async (place, { rpc }) => ({
      terms: { wallet: ofWallet(systemWallet(place, "TREASURY")) },
      metadata: { fields: rpc === "Transfer" ? "source" : "wallet" },
    }),
  },
  ...misnamed.map(({ reason, when, name }) => ({
    reason,
    when,
    arrange: async (place: Place) => {
      const { metadata, ...terms } = await name(place);
      return { terms, metadata };
    },
  })),
  {
    reason: "ASSET_FROZEN",
    when: "in a frozen asset",
    arrange: async (place) => {
      await givenFrozenAsset(place);
      return { metadata: { asset: place.asset } };
    },
  },
  {
    reason: "HOLDER_SUSPENDED",
    when: "for a suspended holder",
    arrange: async (place) => {
      await givenSuspendedHolder(place);
      return { metadata: { holder_id: place.holder } };
    },
  },
  {
    reason: "WALLET_FROZEN",
    when: "with a frozen wallet",
    arrange: async (place) => {
      await givenFrozenWallet(place, place.walletId);
      return { metadata: { wallet_id: place.walletId } };
    },
  },
  {
    reason: "WALLET_CLOSED",
    when: "with a closed wallet",
    arrange: async (place) => {
      await givenClosedWallet(place);
      return { metadata: { wallet_id: place.walletId } };
    },
  },
  {
    reason: "EXTERNAL_REFERENCE_USED",
    when: "under a reference that one of its type has",
    arrange: async (place, kind) => {
      const terms = { externalReference: "invoice-7" };
      const { transaction, hold } = await ask(place, kind, terms)(place.caller, keyed());
      const usedBy = kind.type === "HOLD" ? { hold_id: hold?.id } : { transaction_id: transaction?.id };
      const [[name, id = ""] = [""]] = Object.entries(usedBy);
      return {
        terms,
        metadata: { external_reference: "invoice-7", asset: place.asset, type: kind.type, [name]: id },
      };
    },
  },
  {
    reason: "VERSION_MISMATCH",
    when: "at a version that the wallet does not have",
    arrange: async ({ walletId }) => ({
      terms: { expectedVersion: 7n },
      metadata: { wallet_id: walletId, expected_version: "7", current_version: "1" },
    }),
  },
];
