import { expect } from "chai";
import fc from "fast-check";
import { amountMax, balanceMin, fitsBalance } from "../../src/ledger/amount.js";
import { shrinkWaiver, waiveFloor } from "../../src/ledger/floor-waiver.js";
import { post } from "../../src/ledger/post.js";
import { balanceOf, unopenedWallet, type Wallet } from "../../src/ledger/wallet.js";
import { walletArbitrary } from "../support/ledger-generators.js";

const stepKinds = ["credit", "debit", "waive", "hold", "release"] as const;
type StepKind = (typeof stepKinds)[number];

const amounts = fc.bigInt({ min: 1n, max: 2_000n });

/** What the database demands of every row, in integers that do not overflow. */
const isAboveFloor = (wallet: Wallet) =>
  wallet.balance - wallet.held >= wallet.minBalance - wallet.floorWaiver;

const neededOf = ({ minBalance, balance, held }: Wallet) => {
  const needed = minBalance - (balance - held);
  return needed > 0n ? needed : 0n;
};

const moved = (wallet: Wallet, amount: bigint) =>
  post(wallet, { transactionId: "00000000-0000-7000-8000-000000000000", amount, postTime: 0n }).wallet;

describe("a waiver of the floor", () => {
  it("after a credit is exactly what is still needed", () => {
    const property = fc.property(walletArbitrary("ann"), amounts, (wallet, amount) => {
      fc.pre(fitsBalance(wallet.balance + amount));
      const after = moved(wallet, amount);
      if (neededOf(after) > wallet.floorWaiver) expect.fail("a credit needs more of a waiver than before");
      expect(after.floorWaiver).to.equal(neededOf(after));
      expect(isAboveFloor(after)).to.equal(true);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it("is not touched by a debit", () => {
    const property = fc.property(walletArbitrary("ann"), amounts, (wallet, amount) => {
      fc.pre(fitsBalance(wallet.balance - amount));
      expect(moved(wallet, -amount).floorWaiver).to.equal(wallet.floorWaiver);
    });
    fc.assert(property);
  });

  it("lets any debit through that 64 bits hold, leaves nothing available, and is never smaller than before", () => {
    const property = fc.property(
      walletArbitrary("ann"),
      fc.bigInt({ min: 1n, max: amountMax }),
      (wallet, debit) => {
        const left = wallet.balance - wallet.held - debit;
        fc.pre(left >= balanceMin && wallet.minBalance - left <= amountMax);
        const waived = waiveFloor(wallet, debit);
        const after = moved(waived, -debit);
        expect(isAboveFloor(after)).to.equal(true);
        expect(waived.floorWaiver >= wallet.floorWaiver).to.equal(true);
        if (waived.floorWaiver > wallet.floorWaiver) expect(balanceOf(after).available).to.equal(0n);
        else expect(waived).to.equal(wallet);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  it("does not make 64 bits wider", () => {
    const wallet = { ...unopenedWallet("w", "gold", "ann", 0n), balance: balanceMin + 10n };
    expect(waiveFloor(wallet, 10n).floorWaiver).to.equal(amountMax);
    expect(() => waiveFloor(wallet, 11n)).to.throw("past 9223372036854775807 units");
    const high = { ...wallet, balance: 0n, minBalance: 1n };
    expect(waiveFloor(high, amountMax - 1n).floorWaiver).to.equal(amountMax);
    expect(() => waiveFloor(high, amountMax)).to.throw("past 9223372036854775807 units");
  });

  it("through any history is exactly what is needed, and nothing below the floor is ever available", () => {
    const step = fc.record({
      kind: fc.constantFrom(...stepKinds),
      amount: amounts,
    });
    const property = fc.property(
      fc.array(step, { maxLength: 30 }),
      fc.bigInt({ min: -50n, max: 50n }),
      (steps, min) => {
        let wallet: Wallet = { ...unopenedWallet("w", "gold", "ann", 0n), balance: 100n, minBalance: min };
        for (const { kind, amount } of steps) {
          wallet = historySteps[kind](wallet, amount);
          expect(wallet.floorWaiver, kind).to.equal(neededOf(wallet));
          expect(isAboveFloor(wallet)).to.equal(true);
          if (wallet.floorWaiver > 0n) expect(balanceOf(wallet).available).to.equal(0n);
        }
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});

/** The changes of a wallet that the planners make, each only where they would allow it. */
const historySteps: Record<StepKind, (wallet: Wallet, amount: bigint) => Wallet> = {
  credit: moved,
  debit: (wallet, amount) => (balanceOf(wallet).available >= amount ? moved(wallet, -amount) : wallet),
  waive: (wallet, amount) => moved(waiveFloor(wallet, amount), -amount),
  hold: (wallet, amount) =>
    balanceOf(wallet).available >= amount ? { ...wallet, held: wallet.held + amount } : wallet,
  release: (wallet) => shrinkWaiver({ ...wallet, held: 0n }),
};
