import { expect } from "chai";
import fc from "fast-check";
import { amountMax, balanceMin, clampToWire } from "../../src/ledger/amount.js";
import { assertBalanced } from "../../src/ledger/invariant.js";
import type { Posting } from "../../src/ledger/transaction.js";
import {
  balanceOf,
  derivedWalletId,
  holderWalletId,
  systemRoles,
  systemWalletId,
  unopenedWallet,
} from "../../src/ledger/wallet.js";

describe("a wallet's id", () => {
  it("is derived in the same way for ever", () => {
    expect(holderWalletId("gold_coins", "alice")).to.equal("2b0b62f1-3345-54e9-8027-bcfb40d94c60");
    expect(systemWalletId("gold_coins", "TREASURY")).to.equal("27a920c7-e746-5f16-ba29-a6201fa5ba8c");
  });

  it("follows from whose the wallet is", () => {
    const owner = { asset: "gold_coins", holderId: null, systemRole: null };
    expect(derivedWalletId({ ...owner, holderId: "alice" })).to.equal(holderWalletId("gold_coins", "alice"));
    for (const systemRole of systemRoles)
      expect(derivedWalletId({ ...owner, systemRole })).to.equal(systemWalletId("gold_coins", systemRole));
  });

  it("is another one for every holder, asset and system role", () => {
    const ids = ["gold", "silver"].flatMap((asset) => [
      ...["alice", "bob", "TREASURY", "system/TREASURY"].map((holder) => holderWalletId(asset, holder)),
      ...systemRoles.map((role) => systemWalletId(asset, role)),
    ]);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it("never runs an asset and a holder together, since a slug has no slash", () => {
    const slug = fc.stringMatching(/^[a-z][a-z0-9_]{0,31}$/);
    const property = fc.property(
      slug,
      fc.string(),
      slug,
      fc.string(),
      (asset, holder, otherAsset, otherHolder) => {
        fc.pre(asset !== otherAsset || holder !== otherHolder);
        expect(holderWalletId(asset, holder)).not.to.equal(holderWalletId(otherAsset, otherHolder));
      },
    );
    fc.assert(property);
  });
});

describe("a wallet's balance", () => {
  const wallet = unopenedWallet(holderWalletId("gold", "alice"), "gold", "alice", 0n);

  it("is available down to the floor, holds excluded and a waiver included", () => {
    const { available } = balanceOf({
      ...wallet,
      balance: 100n,
      held: 30n,
      minBalance: 10n,
      floorWaiver: 5n,
    });
    expect(available).to.equal(65n);
  });

  it("shows no more than the wire can carry when there is no floor", () => {
    expect(balanceOf({ ...wallet, balance: 5n, minBalance: balanceMin }).available).to.equal(amountMax);
    expect(clampToWire(-(2n ** 80n))).to.equal(balanceMin);
  });
});

describe("postings", () => {
  const of = (asset: string, amount: bigint) => ({ asset, amount }) as Posting;

  it("that do not sum to zero for every asset are a bug, and stop the batch", () => {
    expect(() => assertBalanced([of("gold", 5n), of("gold", -5n), of("silver", 0n)])).not.to.throw();
    expect(() => assertBalanced([of("gold", 5n), of("silver", -5n)])).to.throw("5 units of gold");
    expect(() => assertBalanced([of("gold", 5n), of("gold", -4n)])).to.throw("1 units of gold");
  });
});
