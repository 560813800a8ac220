import type { SystemRole } from "../../../src/ledger/wallet.js";
import { givenFunds, ofWallet } from "../../support/given.js";
import {
  adjustedTooLow,
  budgetSpent,
  fullRevenue,
  fullTreasury,
  fullWallet,
  pastCeiling,
  pastTransactionLimit,
  tooLittle,
} from "./movement-amounts.js";
import {
  adjustBalance,
  ask,
  authorizeHold,
  grantBonus,
  type Kind,
  spend,
  topUp,
  transfer,
  withdraw,
} from "./movement-kinds.js";
import { common, type Situation } from "./movement-situations.js";
import { givenFrozenWallet, type Place, systemWallet } from "./place.js";
import type { RefusalCase } from "./refusal-case.js";

const notYourWallet: Situation = {
  reason: "NOT_YOUR_WALLET",
  when: "by a holder whose wallet it is not",
  arrange: async ({ app, stranger }) => ({ by: app.as("holder", stranger), metadata: {} }),
};

const sameWallet: Situation = {
  reason: "SAME_WALLET",
  when: "to the wallet that it comes from, named otherwise",
  arrange: async ({ walletId }) => ({
    terms: { destination: ofWallet(walletId) },
    metadata: { wallet_id: walletId },
  }),
};

const toTreasury: Situation = {
  reason: "INVALID_FIELD",
  when: "to TREASURY",
  arrange: async (place) => ({
    terms: { destination: ofWallet(systemWallet(place, "TREASURY")) },
    metadata: { fields: "destination" },
  }),
};

const destinationFrozen: Situation = {
  reason: "DESTINATION_UNAVAILABLE",
  when: "to a wallet that is frozen, of which it tells nothing",
  arrange: async (place) => {
    await givenFrozenWallet(place, await givenFunds(place.app, place.stranger, place.asset, 1n));
    return { metadata: {} };
  },
};

/** Whatever keeps the other side from its part is told as little of, though it is the system's own wallet. */
const systemFrozen = (role: SystemRole): Situation => ({
  reason: "DESTINATION_UNAVAILABLE",
  when: `while ${role} is frozen`,
  arrange: async (place) => {
    await givenFrozenWallet(place, systemWallet(place, role));
    return { metadata: {} };
  },
});

const systemItself = (role: SystemRole): Situation => ({
  reason: "SAME_WALLET",
  when: `of ${role}, which is its other side`,
  arrange: async (place) => {
    const walletId = systemWallet(place, role);
    return { terms: { wallet: ofWallet(walletId) }, metadata: { wallet_id: walletId } };
  },
});

/** What can refuse each movement, beside what is common to all. */
const rows: readonly [Kind, readonly Situation[]][] = [
  [topUp, [systemFrozen("TREASURY"), pastCeiling, fullWallet]],
  [withdraw, [systemFrozen("TREASURY"), pastTransactionLimit, tooLittle, fullTreasury]],
  [
    spend,
    [
      notYourWallet,
      systemItself("REVENUE"),
      systemFrozen("REVENUE"),
      pastTransactionLimit,
      tooLittle,
      fullRevenue,
    ],
  ],
  [
    grantBonus,
    [systemItself("PROMOTIONS"), systemFrozen("PROMOTIONS"), pastCeiling, budgetSpent, fullWallet],
  ],
  [transfer, [toTreasury, notYourWallet, sameWallet, destinationFrozen, pastTransactionLimit, tooLittle]],
  [
    adjustBalance,
    [systemItself("ADJUSTMENTS"), systemFrozen("ADJUSTMENTS"), pastCeiling, adjustedTooLow, fullWallet],
  ],
  [authorizeHold, [pastTransactionLimit, tooLittle]],
];

/** Every refusal of the RPCs that move one amount, and of AuthorizeHold, which sets it aside. */
export const movementCases: readonly RefusalCase[] = rows.flatMap(([kind, own]) =>
  [...common, ...own].map(({ reason, when, arrange }) => ({
    rpc: kind.rpc,
    reason,
    when,
    arrange: async (place: Place) => {
      const { terms = {}, ...asked } = await arrange(place, kind);
      return { ...asked, call: ask(place, kind, terms) };
    },
  })),
);
