import { expect } from "chai";
import fc from "fast-check";
import type { Observation } from "../../../src/ledger/anomaly/observation.js";
import { type Profile, profileLimits } from "../../../src/ledger/anomaly/profile.js";
import { fromProfileJson, toProfileJson } from "../../../src/ledger/anomaly/profile-text.js";
import { Story } from "../../support/anomaly-story.js";

const wallets = ["alice", "bob", "carol"];
const start = 1_767_225_600_000_000n;

/** One thing that happens to one of a few wallets; times rise from one to the next. */
const happening = fc.record({
  walletId: fc.constantFrom(...wallets),
  flow: fc.constantFrom("in" as const, "out" as const, "out" as const, "refused" as const),
  type: fc.constantFrom("TOP_UP" as const, "TRANSFER" as const, "SPEND" as const, "WITHDRAWAL" as const),
  amount: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
  balanceAfter: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  counterparty: fc.option(fc.nat({ max: 200 }), { nil: null }),
  batchId: fc.option(fc.constantFrom("one", "two"), { nil: null }),
  transactionLimit: fc.option(fc.constantFrom(0n, 1_000n), { nil: null }),
  pauseSeconds: fc.constantFrom(0, 1, 60, 3_600, 100_000),
});

const happenings = fc
  .array(happening, { minLength: 100, maxLength: 400, size: "max" })
  .map((all): Observation[] => {
    let time = start;
    return all.map(({ pauseSeconds, counterparty, ...rest }, index) => {
      time += BigInt(pauseSeconds) * 1_000_000n;
      // Circles join wallets by their nature; the names of these counterparties belong to nobody in the story.
      const counterpartyId = counterparty === null ? null : `other-${counterparty}`;
      const refusedReason = rest.flow === "refused" ? "INSUFFICIENT_FUNDS" : null;
      return { ...rest, asset: "gold", transactionId: `tx-${index}`, counterpartyId, refusedReason, time };
    });
  });

function told(all: readonly Observation[]): Story {
  const story = new Story();
  for (const one of all) story.happen(one.walletId, one);
  return story;
}

function expectBounded(profile: Profile): void {
  expect(profile.amounts.length).to.be.at.most(profileLimits.amountsMax);
  expect(profile.moves.length).to.be.at.most(profileLimits.movesMax);
  expect(profile.refusals.length).to.be.at.most(profileLimits.refusalsMax);
  expect(profile.counterparties.length).to.be.at.most(profileLimits.counterpartiesMax);
  expect(profile.busiest.length).to.be.at.most(profileLimits.busiestDaysMax);
  expect(profile.topUps).to.be.at.most(profileLimits.topUpsMax);
}

describe("a profile", () => {
  it("stays within its bounds and 16 KiB of text, and is read as it was written, whatever happens", () => {
    fc.assert(
      fc.property(happenings, (all) => {
        const story = told(all);
        for (const { transactionIds } of story.found) expect(transactionIds.length).to.be.within(1, 100);
        for (const profile of story.profiles.values()) {
          expectBounded(profile);
          const text = JSON.stringify(toProfileJson(profile));
          expect(text.length).to.be.at.most(16_384);
          expect(fromProfileJson(JSON.parse(text))).to.deep.equal(profile);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("and what is found depend on the wallet's own transactions only, however others come in between", () => {
    fc.assert(
      fc.property(happenings, (all) => {
        const together = told(all);
        for (const wallet of wallets) {
          const own = all.filter(({ walletId }) => walletId === wallet);
          const ids = new Set(own.map(({ transactionId }) => transactionId));
          const alone = told(own);
          expect(alone.profileOf(wallet)).to.deep.equal(together.profileOf(wallet));
          const found = together.found.filter(({ transactionIds }) =>
            transactionIds.every((id) => ids.has(id)),
          );
          expect(alone.found).to.deep.equal(found);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("is not changed by what a refused movement of a stopped wallet would have done", () => {
    const story = new Story();
    story.usualDays("alice", 3);
    const before = story.profileOf("alice");
    story.refuse("alice", "WALLET_FROZEN");
    expect(story.profileOf("alice")).to.equal(before);
  });

  it("forgets single moves after a day, and keeps the amounts", () => {
    const story = new Story();
    story.spend("alice", 5n);
    story.wait(86_400);
    story.spend("alice", 6n);
    expect(story.profileOf("alice").moves.map(({ amount }) => amount)).to.deep.equal([6n]);
    expect(story.profileOf("alice").amounts).to.deep.equal([5n, 6n]);
  });
});
