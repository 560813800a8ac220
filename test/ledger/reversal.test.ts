import { expect } from "chai";
import { amountMax } from "../../src/ledger/amount.js";
import type { Original } from "../../src/ledger/original.js";
import { applyPlan, type Plan } from "../../src/ledger/plan.js";
import { planCommand } from "../../src/ledger/planner.js";
import { post } from "../../src/ledger/post.js";
import { referenceKey } from "../../src/ledger/state.js";
import { type Posting, transactionTypes } from "../../src/ledger/transaction.js";
import { holderWalletId, systemWalletId, unopenedWallet, type Wallet } from "../../src/ledger/wallet.js";
import { reversalOf } from "../support/corrections.js";
import { movementOf } from "../support/engine.js";
import { commandFor } from "../support/ledger-generators.js";
import { asset, holderWallet, type MutableState, stateWith } from "../support/ledger-state.js";

const annGold = holderWalletId("gold", "ann");
const annSilver = holderWalletId("silver", "ann");
const benSilver = holderWalletId("silver", "ben");
const fxGold = systemWalletId("gold", "FX");
const fxSilver = systemWalletId("silver", "FX");

/**
 * A ledger in which a compound has exchanged gold of ann for silver of ann and ben. The FX wallet of gold has two
 * postings in it, as two exchanges leave.
 */
function exchanged(): { state: MutableState; original: Original } {
  const state = stateWith({ ann: 100n });
  state.assets.set("silver", asset("silver"));
  const fx = (code: string): Wallet => ({
    ...unopenedWallet(systemWalletId(code, "FX"), code, "", 0n),
    holderId: null,
    systemRole: "FX",
    version: 1n,
    minBalance: code === "silver" ? -1_000n : 0n,
  });
  for (const wallet of [
    holderWallet("silver", "ann", 0n),
    holderWallet("silver", "ben", 0n),
    fx("gold"),
    fx("silver"),
  ])
    state.wallets.set(wallet.id, wallet);
  const id = "0190c0de-0000-7000-8000-000000000001";
  const legs: [string, bigint][] = [
    [annGold, -30n],
    [fxGold, 10n],
    [fxSilver, -100n],
    [annSilver, 100n],
    [fxGold, 20n],
    [fxSilver, -200n],
    [benSilver, 200n],
  ];
  const postings = legs.map(([walletId, amount]) => postTo(state, walletId, amount, id));
  const { transaction } = planCommand(
    stateWith({ ann: 1n, ben: 0n }),
    commandFor(movementOf("TRANSFER", { from: "ann", to: "ben" }, 1n)),
  );
  if (transaction === null) return expect.fail("the transfer has no record");
  const compound = {
    ...transaction,
    id,
    type: "COMPOUND" as const,
    asset: null,
    amount: null,
    sourceWalletId: null,
    destinationWalletId: null,
  };
  return { state, original: { transaction: compound, postings } };
}

function postTo(state: MutableState, walletId: string, amount: bigint, transactionId: string): Posting {
  const before = state.wallets.get(walletId);
  if (before === undefined) return expect.fail(`there is no wallet ${walletId}`);
  const { posting, wallet } = post(before, { transactionId, amount, postTime: 0n });
  state.wallets.set(walletId, wallet);
  return posting;
}

const reasonOf = (plan: Plan) => (plan.kind === "refused" ? plan.error.reason : plan.kind);
const balancesOf = (state: MutableState) =>
  [...state.wallets.values()].map(({ id, balance }) => [id, balance]);

describe("a reversal", () => {
  it("negates every posting of a compound transaction, over all its wallets and assets", () => {
    const { state, original } = exchanged();
    const plan = planCommand(state, reversalOf(original));
    if (plan.kind === "refused") return expect.fail(plan.error.message);
    expect(plan.postings.map(({ walletId, amount }) => [walletId, amount])).to.deep.equal([
      [fxGold, -10n],
      [annSilver, -100n],
      [fxGold, -20n],
      [benSilver, -200n],
      [annGold, 30n],
      [fxSilver, 100n],
      [fxSilver, 200n],
    ]);
    expect(plan.transaction).to.include({
      type: "REVERSAL",
      asset: null,
      amount: null,
      sourceWalletId: null,
      destinationWalletId: null,
      originalTransactionId: original.transaction.id,
      onBehalfOf: "ann",
    });
    expect(plan.refundTotal).to.deep.equal({
      transactionId: original.transaction.id,
      amount: 0n,
      refunded: 0n,
      reversedBy: plan.transaction?.id,
    });
    applyPlan(state, plan);
    expect(balancesOf(state)).to.deep.equal([
      [annGold, 100n],
      [annSilver, 0n],
      [benSilver, 0n],
      [fxGold, 0n],
      [fxSilver, 0n],
    ]);
    const numbers = plan.postings
      .filter(({ walletId }) => walletId === fxGold)
      .map(({ postingSeq }) => postingSeq);
    expect(numbers).to.deep.equal([3n, 4n]);
  });

  it("needs the funds of every wallet that gives back, all postings of one counted together", () => {
    const { state, original } = exchanged();
    postTo(state, fxGold, -1n, original.transaction.id);
    const plan = planCommand(state, reversalOf(original));
    if (plan.kind === "accepted") return expect.fail("the reversal was accepted");
    expect(plan.error).to.deep.include({ reason: "INSUFFICIENT_FUNDS" });
    expect(plan.error.metadata).to.include({
      wallet_id: fxGold,
      requested_units: "30",
      shortfall_units: "1",
    });
  });

  it("waives the floors of just those wallets that need it, and of each just as far", () => {
    const { state, original } = exchanged();
    postTo(state, benSilver, -150n, original.transaction.id);
    postTo(state, fxGold, -5n, original.transaction.id);
    const plan = planCommand(state, reversalOf(original, { allowBelowFloor: true }));
    if (plan.kind === "refused") return expect.fail(plan.error.message);
    const waivers = plan.wallets.map(({ id, floorWaiver, balance }) => [id, floorWaiver, balance]);
    expect(waivers).to.deep.equal([
      [fxGold, 5n, -5n],
      [annSilver, 0n, 0n],
      [benSilver, 150n, -150n],
      [annGold, 0n, 100n],
      [fxSilver, 0n, 0n],
    ]);
  });

  it("keeps the balance between the postings of one wallet within 64 bits too", () => {
    const { state, original } = exchanged();
    const wallet = state.wallets.get(fxGold) ?? expect.fail("there is no FX wallet");
    const legs = [amountMax, 40n - amountMax].map((amount) => ({ walletId: fxGold, amount }));
    const [received, given] = legs.map((leg) => ({ ...original.postings[0], ...leg }) as Posting);
    state.wallets.set(fxGold, { ...wallet, balance: -50n, floorWaiver: 50n });
    const plan = planCommand(
      state,
      reversalOf({ ...original, postings: [received, given] as Posting[] }, { allowBelowFloor: true }),
    );
    expect(reasonOf(plan)).to.equal("BALANCE_OVERFLOW");
  });

  it("undoes every type of transaction but a refund and a reversal", () => {
    const { state, original } = exchanged();
    const refused = transactionTypes.filter((type) => {
      const changed = { ...original, transaction: { ...original.transaction, type } };
      return reasonOf(planCommand(state, reversalOf(changed))) === "NOT_REFUNDABLE";
    });
    expect(refused).to.deep.equal(["REFUND", "REVERSAL"]);
  });

  it("counts its reference in every asset that it moves", () => {
    const { state, original } = exchanged();
    state.references.set(referenceKey("silver", "REVERSAL", "case"), "theirs");
    const plan = planCommand(state, reversalOf(original, { externalReference: "case" }));
    expect(reasonOf(plan)).to.equal("EXTERNAL_REFERENCE_USED");
  });

  it("is refused for each reason in turn, as the contract orders them", () => {
    const { state, original } = exchanged();
    const change = (id: string, more: Partial<Wallet>) => {
      const wallet = state.wallets.get(id);
      if (wallet !== undefined) state.wallets.set(id, { ...wallet, ...more });
    };
    const { id } = original.transaction;
    const refund = { ...original, transaction: { ...original.transaction, type: "REFUND" as const } };
    let more: Parameters<typeof reversalOf>[1] = { original: null, externalReference: "used" };
    const total = { transactionId: id, amount: 0n, refunded: 0n, reversedBy: "r" };
    state.refundTotals.set(id, total);
    state.assets.set("silver", { ...asset("silver"), status: "FROZEN" });
    state.references.set(referenceKey("gold", "REVERSAL", "used"), "theirs");
    change(annGold, { status: "CLOSED" });
    change(annSilver, { status: "FROZEN", balance: 99n });
    change(benSilver, { holderStatus: "SUSPENDED" });

    const steps: [string, () => void][] = [
      ["TRANSACTION_NOT_FOUND", () => (more = { ...more, original: refund })],
      ["ALREADY_REVERSED", () => state.refundTotals.clear()],
      ["NOT_REFUNDABLE", () => (more = { ...more, original })],
      ["ASSET_FROZEN", () => state.assets.set("silver", asset("silver"))],
      ["HOLDER_SUSPENDED", () => change(benSilver, { holderStatus: "ACTIVE" })],
      ["WALLET_FROZEN", () => change(annSilver, { status: "ACTIVE" })],
      ["WALLET_CLOSED", () => change(annGold, { status: "ACTIVE" })],
      ["EXTERNAL_REFERENCE_USED", () => (more = { ...more, externalReference: "" })],
      ["INSUFFICIENT_FUNDS", () => (more = { ...more, allowBelowFloor: true })],
      ["accepted", () => {}],
    ];
    for (const [reason, solve] of steps) {
      expect(reasonOf(planCommand(state, reversalOf(original, more)))).to.equal(reason);
      solve();
    }
  });
});
