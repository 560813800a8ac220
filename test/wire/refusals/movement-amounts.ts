import { amountMax } from "../../../src/ledger/amount.js";
import { keyed } from "../../support/app.js";
import { adjustBalance, ask, grantBonus, type Kind, spend, topUp, withdraw } from "./movement-kinds.js";
import type { Situation } from "./movement-situations.js";
import { givenLimits, type Place, systemWallet } from "./place.js";

/** Credits: the wallet has 100 and may have no more. */
export const pastCeiling: Situation = {
  reason: "LIMIT_EXCEEDED",
  when: "past the ceiling of the wallet",
  arrange: async (place) => {
    await givenLimits(place, { maxBalanceUnits: 103n });
    const limit = { limit: "max_balance", limit_units: "103", headroom_units: "3" };
    return { terms: { units: 4n }, metadata: { ...limit, requested_units: "4", ...walletOf(place) } };
  },
};

/** Debits: one transaction may take 5. */
export const pastTransactionLimit: Situation = {
  reason: "LIMIT_EXCEEDED",
  when: "of more than one transaction may take",
  arrange: async (place) => {
    await givenLimits(place, { transactionLimitUnits: 5n });
    const limit = { limit: "transaction", limit_units: "5", headroom_units: "5" };
    return { terms: { units: 6n }, metadata: { ...limit, requested_units: "6", ...walletOf(place) } };
  },
};

/** Debits: the wallet has 100. */
export const tooLittle: Situation = {
  reason: "INSUFFICIENT_FUNDS",
  when: "of more than there is",
  arrange: async (place) => ({
    terms: { units: 130n },
    metadata: {
      available_units: "100",
      requested_units: "130",
      shortfall_units: "30",
      ...walletOf(place),
    },
  }),
};

/** The same for an adjustment, where a debit is a negative amount. */
export const adjustedTooLow: Situation = {
  ...tooLittle,
  when: "downwards by more than there is",
  arrange: async (place, kind) => ({ ...(await tooLittle.arrange(place, kind)), terms: { units: -130n } }),
};

/** Bonuses: there is nothing left to give away. */
export const budgetSpent: Situation = {
  reason: "INSUFFICIENT_FUNDS",
  when: "of more than PROMOTIONS may give",
  arrange: async (place) => {
    const promotions = systemWallet(place, "PROMOTIONS");
    await givenLimits(place, { minBalanceUnits: -20n }, promotions);
    const figures = { available_units: "20", requested_units: "21", shortfall_units: "1" };
    return { terms: { units: 21n }, metadata: { ...figures, ...walletOf(place, promotions) } };
  },
};

/** Credits: the wallet is full to the last unit of 64 bits. */
export const fullWallet: Situation = {
  reason: "BALANCE_OVERFLOW",
  when: "into a wallet that has all that 64 bits can count",
  arrange: async (place) => {
    await move(place, topUp, amountMax - 200n);
    await move(place, grantBonus, 100n);
    return { metadata: overflowOf(place, place.walletId) };
  },
};

/** Spends: REVENUE is full. */
export const fullRevenue: Situation = {
  reason: "BALANCE_OVERFLOW",
  when: "when REVENUE has all that 64 bits can count",
  arrange: async (place) => {
    await move(place, topUp, amountMax - 100n);
    await move(place, spend, amountMax);
    await move(place, grantBonus, 1n);
    return { metadata: overflowOf(place, systemWallet(place, "REVENUE")) };
  },
};

/** Withdrawals: TREASURY is full, which takes more going out than ever came in. */
export const fullTreasury: Situation = {
  reason: "BALANCE_OVERFLOW",
  when: "when TREASURY has all that 64 bits can count",
  arrange: async (place) => {
    await givenLimits(place, { minBalanceUnits: -amountMax }, systemWallet(place, "ADJUSTMENTS"));
    await move(place, adjustBalance, amountMax - 100n);
    await move(place, withdraw, amountMax);
    await move(place, grantBonus, 101n);
    await move(place, withdraw, 100n);
    return { metadata: overflowOf(place, systemWallet(place, "TREASURY")) };
  },
};

async function move(place: Place, kind: Kind, units: bigint): Promise<void> {
  await ask(place, kind, { units })(place.caller, keyed());
}

function overflowOf(place: Place, walletId: string) {
  return { requested_units: "1", units_max: `${amountMax}`, ...walletOf(place, walletId) };
}

function walletOf({ asset, walletId }: Place, of = walletId) {
  return { wallet_id: of, asset };
}
