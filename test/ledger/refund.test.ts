import { expect } from "chai";
import fc from "fast-check";
import type { Original } from "../../src/ledger/original.js";
import { applyPlan, type Plan } from "../../src/ledger/plan.js";
import { planCommand } from "../../src/ledger/planner.js";
import { referenceKey } from "../../src/ledger/state.js";
import { type Transaction, transactionTypes } from "../../src/ledger/transaction.js";
import { holderWalletId, type Wallet } from "../../src/ledger/wallet.js";
import { refundOf, reversalOf } from "../support/corrections.js";
import { movementOf } from "../support/engine.js";
import { commandFor } from "../support/ledger-generators.js";
import { stateWith } from "../support/ledger-state.js";

const ann = holderWalletId("gold", "ann");
const ben = holderWalletId("gold", "ben");

/** A ledger in which ann has paid ben 100 of her 500, and what she paid with. */
function paid(): { state: ReturnType<typeof stateWith>; original: Original } {
  const state = stateWith({ ann: 500n, ben: 0n });
  const plan = planCommand(state, commandFor(movementOf("TRANSFER", { from: "ann", to: "ben" }, 100n)));
  if (plan.kind === "refused" || plan.transaction === null) return expect.fail("the transfer was refused");
  applyPlan(state, plan);
  return { state, original: { transaction: plan.transaction, postings: plan.postings } };
}

function reasonOf(plan: Plan): string {
  return plan.kind === "refused" ? plan.error.reason : plan.kind;
}

describe("a refund", () => {
  it("is accepted exactly as long as all refunds together stay within the original", () => {
    const amounts = fc.oneof(fc.constant(null), fc.bigInt({ min: 1n, max: 60n }));
    const property = fc.property(fc.array(amounts, { maxLength: 12 }), (asked) => {
      const { state, original } = paid();
      let refunded = 0n;
      for (const units of asked) {
        const plan = planCommand(state, refundOf(original, units));
        const wanted = units ?? 100n - refunded;
        const fits = wanted > 0n && refunded + wanted <= 100n;
        expect(reasonOf(plan)).to.equal(fits ? "accepted" : "REFUND_AMOUNT_EXCEEDED");
        applyPlan(state, plan);
        if (plan.kind === "refused") continue;
        refunded += wanted;
        expect(plan.refundTotal).to.deep.equal({
          transactionId: original.transaction.id,
          amount: 100n,
          refunded,
          reversedBy: null,
        });
        expect(plan.postings.map(({ walletId, amount }) => [walletId, amount])).to.deep.equal([
          [ben, -wanted],
          [ann, wanted],
        ]);
      }
      expect(state.wallets.get(ben)?.balance).to.equal(100n - refunded);
    });
    fc.assert(property);
  });

  it("is refused for one reason at a time, in the order that the contract gives", () => {
    const { state, original } = paid();
    const change = (id: string, more: Partial<Wallet>) => {
      const wallet = state.wallets.get(id);
      if (wallet !== undefined) state.wallets.set(id, { ...wallet, ...more });
    };
    const setAsset = (status: "ACTIVE" | "FROZEN") => {
      for (const [code, asset] of state.assets) state.assets.set(code, { ...asset, status });
    };
    let command = refundOf(original, 101n, {
      original: null,
      externalReference: "used",
      expectedVersion: 99n,
    });
    const ask = (more: Parameters<typeof refundOf>[2]) => {
      const { movement } = command;
      if (movement.kind !== "refund") return expect.fail("not a refund");
      command = refundOf(original, movement.amount?.units ?? null, { ...movement, ...more });
    };
    const unrefundable = { ...original, transaction: { ...original.transaction, type: "TOP_UP" as const } };
    const total = { transactionId: original.transaction.id, amount: 100n, refunded: 0n, reversedBy: "r" };
    setAsset("FROZEN");
    state.refundTotals.set(original.transaction.id, total);
    state.references.set(referenceKey("gold", "REFUND", "used"), "theirs");
    change(ben, { status: "FROZEN", balance: 50n });
    change(ann, { holderStatus: "SUSPENDED", status: "CLOSED" });

    const steps: [string, () => void][] = [
      [
        "TRANSACTION_NOT_FOUND",
        () => ask({ original: unrefundable, amount: { asset: "silver", units: 101n } }),
      ],
      ["ASSET_MISMATCH", () => ask({ amount: { asset: "gold", units: 101n } })],
      ["NOT_REFUNDABLE", () => ask({ original })],
      ["ALREADY_REVERSED", () => state.refundTotals.clear()],
      ["ASSET_FROZEN", () => setAsset("ACTIVE")],
      ["HOLDER_SUSPENDED", () => change(ann, { holderStatus: "ACTIVE" })],
      ["WALLET_FROZEN", () => change(ben, { status: "ACTIVE" })],
      ["WALLET_CLOSED", () => change(ann, { status: "ACTIVE" })],
      ["EXTERNAL_REFERENCE_USED", () => ask({ externalReference: "free" })],
      ["VERSION_MISMATCH", () => ask({ expectedVersion: null })],
      ["REFUND_AMOUNT_EXCEEDED", () => ask({ amount: { asset: "gold", units: 100n } })],
      ["INSUFFICIENT_FUNDS", () => change(ben, { balance: 100n })],
      ["accepted", () => {}],
    ];
    for (const [reason, solve] of steps) {
      expect(reasonOf(planCommand(state, command))).to.equal(reason);
      solve();
    }
  });

  it("answers four types of transaction and no other, and only when they were posted", () => {
    const { state, original } = paid();
    const accepted = (more: Partial<Transaction>) => {
      const changed = { ...original, transaction: { ...original.transaction, ...more } };
      return reasonOf(planCommand(state, refundOf(changed, 1n))) === "accepted";
    };
    const types = transactionTypes.filter((type) => accepted({ type }));
    expect(types).to.deep.equal(["WITHDRAWAL", "SPEND", "TRANSFER", "PAYOUT"]);
    expect(accepted({ state: "REFUSED" })).to.equal(false);
  });

  it("is not possible after a reversal, nor a reversal after it", () => {
    for (const [first, second, reason] of [
      ["refund", "reversal", "NOT_REFUNDABLE"],
      ["reversal", "refund", "ALREADY_REVERSED"],
    ] as const) {
      const { state, original } = paid();
      const commands = { refund: refundOf(original, 1n), reversal: reversalOf(original) };
      applyPlan(state, planCommand(state, commands[first]));
      expect(reasonOf(planCommand(state, commands[second]))).to.equal(reason);
    }
  });

  it("belongs to the job that its original paid for", () => {
    const { state, original } = paid();
    const jobId = "0190c0de-0000-7000-8000-000000000000";
    const ofJob = { ...original, transaction: { ...original.transaction, jobId } };
    expect(planCommand(state, refundOf(ofJob, 1n)).transaction?.jobId).to.equal(jobId);
  });
});
