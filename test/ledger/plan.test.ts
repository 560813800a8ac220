import { expect } from "chai";
import fc from "fast-check";
import { fitsBalance } from "../../src/ledger/amount.js";
import { postingHash } from "../../src/ledger/chain.js";
import { type Accepted, applyPlan, balancesAfter, type Plan } from "../../src/ledger/plan.js";
import { planCommand } from "../../src/ledger/planner.js";
import type { LedgerState } from "../../src/ledger/state.js";
import { floorOf, unopenedWallet, type Wallet } from "../../src/ledger/wallet.js";
import { commandArbitrary, stateArbitrary } from "../support/ledger-generators.js";

const commands = fc.array(commandArbitrary, { minLength: 1, maxLength: 12 });

/** Plans commands as a batch does, and shows each plan with the state before and after it. */
function forEveryPlan(look: (seen: { plan: Plan; before: LedgerState; after: LedgerState }) => void): void {
  const property = fc.property(stateArbitrary, commands, (state, batch) => {
    for (const command of batch) {
      const before = copyOf(state);
      const plan = planCommand(state, command);
      expect(state, "planning changes nothing").to.deep.equal(before);
      applyPlan(state, plan);
      look({ plan, before, after: state });
    }
  });
  fc.assert(property, { numRuns: 300 });
}

/** Shows each wallet before and after each plan that posts to it. */
function forEveryPosting(
  look: (seen: { plan: Accepted; before: Wallet; after: Wallet; index: number }) => void,
): void {
  let posted = 0;
  forEveryPlan(({ plan, before }) => {
    if (plan.kind === "refused") return;
    posted++;
    plan.wallets.forEach((after, index) => {
      const unopened = unopenedWallet(after.id, after.asset, after.holderId ?? "", before.now);
      look({ plan, before: before.wallets.get(after.id) ?? unopened, after, index });
    });
  });
  expect(posted, "of the generated commands enough are posted to say something").to.be.greaterThan(100);
}

describe("a plan", () => {
  it("moves the amount out of one wallet and into another, and sums to zero", () => {
    forEveryPlan(({ plan }) => {
      if (plan.kind === "refused") return;
      const { movement } = plan.command;
      if (movement.kind !== "simple") return expect.fail(`a ${movement.kind} was generated`);
      expect(plan.postings.map(({ walletId, amount }) => [walletId, amount])).to.deep.equal([
        [movement.source.walletId, -movement.amount],
        [movement.destination.walletId, movement.amount],
      ]);
    });
  });

  it("raises each wallet's version and posting number by one, and its balance by the amount", () => {
    forEveryPosting(({ plan, before, after, index }) => {
      const posting = plan.postings[index];
      expect(after.balance).to.equal(before.balance + (posting?.amount ?? 0n));
      expect(after.version).to.equal(before.version + 1n);
      expect(after.postingSeq).to.equal(before.postingSeq + 1n);
      expect(posting).to.include({
        postingSeq: after.postingSeq,
        version: after.version,
        balanceAfter: after.balance,
        heldAfter: before.held,
        transactionId: plan.transaction?.id,
      });
    });
  });

  it("answers what is available afterwards: the balance less what is held, down to the floor", () => {
    forEveryPosting(({ plan, after, index }) => {
      const available = after.balance - after.held - floorOf(after);
      const balance = balancesAfter(plan)[index];
      expect(balance?.available).to.equal(plan.postings[index]?.availableAfter);
      if (fitsBalance(available)) expect(balance?.available).to.equal(available);
      expect(balance).to.include({ posted: after.balance, held: after.held, version: after.version });
    });
  });

  it("takes no wallet below its floor, nor any balance out of 64 bits", () => {
    forEveryPosting(({ plan, after, index }) => {
      if (index === 0) expect(after.balance - after.held >= floorOf(after)).to.equal(true);
      expect(fitsBalance(after.balance)).to.equal(true);
      expect(fitsBalance(plan.postings[index]?.availableAfter ?? 0n)).to.equal(true);
    });
  });

  it("never posts earlier than the wallet's posting before, whatever the clock says", () => {
    forEveryPosting(({ plan, before, after }) => {
      expect(plan.transaction?.postTime).to.equal(after.lastPostTime);
      expect((after.lastPostTime ?? 0n) >= (before.lastPostTime ?? 0n)).to.equal(true);
      expect((after.lastPostTime ?? 0n) >= (plan.transaction?.createTime ?? 0n)).to.equal(true);
    });
  });

  it("chains each posting to the wallet's posting before", () => {
    forEveryPosting(({ plan, before, after, index }) => {
      const posting = plan.postings[index];
      if (posting === undefined) return expect.fail("a wallet was moved without a posting");
      expect(postingHash(before.chainHead, posting).equals(posting.hash)).to.equal(true);
      expect(after.chainHead.equals(posting.hash)).to.equal(true);
    });
  });

  it("changes the wallets it names and no others", () => {
    forEveryPlan(({ plan, before, after }) => {
      const named = new Set(plan.kind === "refused" ? [] : plan.wallets.map(({ id }) => id));
      for (const [id, wallet] of before.wallets)
        if (!named.has(id)) expect(after.wallets.get(id)).to.equal(wallet);
    });
  });

  it("that refuses, and one that only validates, leaves everything as it was", () => {
    forEveryPlan(({ plan, before, after }) => {
      if (plan.kind === "accepted" && !plan.command.movement.validateOnly) return;
      expect(after).to.deep.equal(before);
    });
  });

  it("answers the same when it only validates", () => {
    const property = fc.property(stateArbitrary, commandArbitrary, (state, command) => {
      const dryRun = { ...command, movement: { ...command.movement, validateOnly: true } };
      const really = { ...command, movement: { ...command.movement, validateOnly: false } };
      const [would, does] = [planCommand(state, dryRun), planCommand(state, really)];
      expect(would.kind).to.equal(does.kind);
      if (would.kind === "refused" || does.kind === "refused") return;
      expect(would.postings).to.deep.equal(does.postings);
      expect(would.wallets).to.deep.equal(does.wallets);
    });
    fc.assert(property);
  });

  it("gives a reference to the first command that is posted with it, and refuses the next", () => {
    forEveryPlan(({ plan, before, after }) => {
      const used = (state: LedgerState) => state.references.get("gold/TRANSFER/free");
      if (plan.command.movement.externalReference !== "free") {
        expect(used(after)).to.equal(used(before));
        return;
      }
      if (used(before) !== undefined) expect(plan.kind).to.equal("refused");
      if (plan.kind === "accepted" && !plan.command.movement.validateOnly)
        expect(used(after)).to.equal(plan.transaction?.id);
    });
  });
});

function copyOf(state: LedgerState): LedgerState {
  return {
    ...state,
    wallets: new Map(state.wallets),
    holds: new Map(state.holds),
    refundTotals: new Map(state.refundTotals),
    jobs: new Map(state.jobs),
    references: new Map(state.references),
  };
}
