import fc from "fast-check";
import { balanceMin } from "../../src/ledger/amount.js";
import { type Command, makeCommand } from "../../src/ledger/command.js";
import { exchangeRate } from "../../src/ledger/exchange-rate.js";
import { compoundFingerprint } from "../../src/ledger/fingerprint.js";
import { imbalanceOf } from "../../src/ledger/legs.js";
import {
  addressOfHolder,
  addressOfSystem,
  type CompoundMovement,
  type Leg,
} from "../../src/ledger/movement.js";
import type { LedgerState } from "../../src/ledger/state.js";
import type { Exchange } from "../../src/ledger/transaction.js";
import {
  holderWalletId,
  systemRoles,
  systemWalletId,
  unopenedWallet,
  type Wallet,
} from "../../src/ledger/wallet.js";
import { claimOf } from "./engine.js";
import { assetOf } from "./ledger-generators.js";

export const metals = ["gold", "tin", "zinc"] as const;
const people = ["ann", "ben", "cay", "dot"] as const;

/**
 * A ledger of three assets in which most have something of each; some wallets are not opened yet. An FX wallet may owe
 * what a reversal took from below its floor.
 */
export const metalsArbitrary: fc.Arbitrary<LedgerState> = fc
  .record({
    frozen: fc.constantFrom(...metals, ...Array<undefined>(30)),
    balances: fc.array(fc.option(fc.bigInt({ min: 0n, max: 2_000n }), { freq: 5 }), {
      minLength: metals.length * people.length,
      maxLength: metals.length * people.length,
    }),
    limited: fc.nat({ max: 40 }),
    owed: fc.array(fc.constantFrom(0n, 0n, 40n, 400n), {
      minLength: metals.length,
      maxLength: metals.length,
    }),
    now: fc.bigInt({ min: 1n, max: 4_000_000_000_000_000n }),
  })
  .map(({ frozen, balances, limited, owed, now }) => {
    const wallets = new Map<string, Wallet>();
    const named = metals.flatMap((asset) => people.map((person) => ({ asset, person })));
    for (const [index, { asset, person }] of named.entries()) {
      const balance = balances[index] ?? null;
      if (balance === null) continue;
      const id = holderWalletId(asset, person);
      const limits = index === limited ? { transactionLimit: 50n, dailyLimit: 80n, maxBalance: 1_500n } : {};
      wallets.set(id, { ...unopenedWallet(id, asset, person, 0n), version: 1n, balance, ...limits });
    }
    for (const asset of metals)
      for (const role of systemRoles) wallets.set(systemWalletId(asset, role), systemWallet(asset, role));
    for (const [index, asset] of metals.entries()) {
      const units = owed[index] ?? 0n;
      if (units === 0n) continue;
      const fx = { ...systemWallet(asset, "FX"), balance: -units, minBalance: 0n, floorWaiver: units };
      wallets.set(fx.id, fx);
    }
    return {
      assets: new Map(
        metals.map((code) => [code, assetOf(code, { status: code === frozen ? "FROZEN" : "ACTIVE" })]),
      ),
      wallets,
      holders: new Map(people.map((person) => [person, "ACTIVE" as const])),
      holds: new Map(),
      refundTotals: new Map(),
      jobs: new Map(),
      outgoing: new Map([...wallets.keys()].map((id) => [id, 0n])),
      references: new Map(),
      now,
    };
  });

const exchangeArbitrary: fc.Arbitrary<Exchange> = fc
  .record({
    assets: fc.shuffledSubarray([...metals], { minLength: 2, maxLength: 2 }),
    sold: fc.bigInt({ min: 1n, max: 300n }),
    bought: fc.bigInt({ min: 1n, max: 300n }),
  })
  .map(({ assets: [soldAsset = "", boughtAsset = ""], sold, bought }) => ({
    soldAsset,
    sold,
    boughtAsset,
    bought,
    rate: exchangeRate(sold, bought),
  }));

/** Legs of some holders and some exchanges; REVENUE and PROMOTIONS take or give what is left over. */
export const compoundArbitrary: fc.Arbitrary<CompoundMovement> = fc
  .record({
    legs: fc.uniqueArray(
      fc.record({
        asset: fc.constantFrom(...metals),
        person: fc.constantFrom(...people),
        amount: fc.bigInt({ min: -400n, max: 400n }).filter((amount) => amount !== 0n),
        expectedVersion: fc.oneof(
          { weight: 20, arbitrary: fc.constant(null) },
          { weight: 1, arbitrary: fc.constantFrom(1n, 2n) },
        ),
      }),
      { minLength: 1, maxLength: 6, selector: ({ asset, person }) => `${asset}/${person}` },
    ),
    exchanges: fc.array(exchangeArbitrary, { maxLength: 3 }),
    externalReference: fc.constantFrom("", "", "", "order-1"),
    validateOnly: fc.constantFrom(false, false, false, true),
  })
  .map(({ legs, ...given }) => {
    const ofHolders: Leg[] = legs.map(({ asset, person, amount, expectedVersion }) => ({
      address: addressOfHolder(asset, person),
      asset,
      amount,
      expectedVersion,
    }));
    const unbalanced = {
      kind: "compound",
      legs: ofHolders,
      description: "",
      metadata: [],
      ...given,
    } as const;
    const rest = [...imbalanceOf(unbalanced)].map(([asset, sum]) => ({
      address: addressOfSystem(asset, sum > 0n ? "PROMOTIONS" : "REVENUE"),
      asset,
      amount: -sum,
      expectedVersion: null,
    }));
    return { ...unbalanced, legs: [...ofHolders, ...rest] };
  });

let commands = 0;

export function compoundCommand(movement: CompoundMovement, key = `compound-${++commands}`): Command {
  return makeCommand(claimOf(key, compoundFingerprint("PostTransaction", movement)), movement);
}

function systemWallet(asset: string, role: (typeof systemRoles)[number]): Wallet {
  return {
    ...unopenedWallet(systemWalletId(asset, role), asset, "", 0n),
    holderId: null,
    systemRole: role,
    version: 1n,
    minBalance: role === "TREASURY" ? balanceMin : -10_000n,
  };
}
