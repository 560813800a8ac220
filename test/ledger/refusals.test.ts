import { expect } from "chai";
import { amountMax, balanceMin } from "../../src/ledger/amount.js";
import type { SimpleMovement } from "../../src/ledger/movement.js";
import { planCommand } from "../../src/ledger/planner.js";
import { referenceKey } from "../../src/ledger/state.js";
import { holderWalletId, systemWalletId, unopenedWallet, type Wallet } from "../../src/ledger/wallet.js";
import type { WalletError } from "../../src/ledger/wallet-error.js";
import { movementOf } from "../support/engine.js";
import { assetOf, commandFor } from "../support/ledger-generators.js";

type Change = Partial<Wallet>;

/** A ledger in which ann has 100 and ben has 50, changed as asked. */
function stateOf(change: { asset?: "FROZEN"; ann?: Change; ben?: Change; used?: string } = {}) {
  const wallet = (holder: string, balance: bigint, more: Change = {}): Wallet => ({
    ...unopenedWallet(holderWalletId("gold", holder), "gold", holder, 0n),
    version: 3n,
    balance,
    ...more,
  });
  const treasury: Wallet = {
    ...wallet("treasury", -150n),
    id: systemWalletId("gold", "TREASURY"),
    holderId: null,
    systemRole: "TREASURY",
    minBalance: balanceMin,
  };
  const wallets = [wallet("ann", 100n, change.ann), wallet("ben", 50n, change.ben), treasury];
  return {
    assets: new Map([["gold", assetOf("gold", { status: change.asset ?? "ACTIVE" })]]),
    wallets: new Map(wallets.map((one) => [one.id, one])),
    holders: new Map([["cay", "ACTIVE" as const]]),
    holds: new Map(),
    refundTotals: new Map(),
    jobs: new Map(),
    outgoing: new Map(),
    references: new Map(
      change.used === undefined ? [] : [[referenceKey("gold", "TRANSFER", change.used), "theirs"]],
    ),
    now: 1_000n,
  };
}

function refusalOf(state: ReturnType<typeof stateOf>, movement: SimpleMovement): WalletError {
  const plan = planCommand(state, commandFor(movement));
  if (plan.kind === "accepted") return expect.fail("the command was accepted");
  return plan.error;
}

const annToBen = (amount: bigint, more: Partial<SimpleMovement> = {}) =>
  movementOf("TRANSFER", { from: "ann", to: "ben" }, amount, more);

describe("a refusal", () => {
  it("comes in one order: what is missing, then the asset, the subject, the other side, conditions, funds", () => {
    const everything = {
      asset: "FROZEN",
      ann: { status: "FROZEN", holderStatus: "SUSPENDED" },
      ben: { status: "FROZEN" },
      used: "ref",
    } as const;
    const conditions = { externalReference: "ref", expectedVersion: 7n };
    const reasons: string[] = [];
    const next = (state: ReturnType<typeof stateOf>, movement: SimpleMovement) =>
      reasons.push(refusalOf(state, movement).reason);
    next(stateOf(everything), annToBen(500n, { ...conditions, asset: "tin" }));
    next(stateOf(everything), movementOf("TRANSFER", { from: "ann", to: "who" }, 500n, conditions));
    next(stateOf(everything), annToBen(500n, conditions));
    next(stateOf({ ...everything, asset: undefined as never }), annToBen(500n, conditions));
    next(
      stateOf({ ann: { status: "FROZEN" }, ben: { status: "FROZEN" }, used: "ref" }),
      annToBen(500n, conditions),
    );
    next(stateOf({ ben: { status: "FROZEN" }, used: "ref" }), annToBen(500n, conditions));
    next(stateOf({ ben: { maxBalance: 50n }, used: "ref" }), annToBen(500n, conditions));
    next(stateOf({ ann: { transactionLimit: 1n }, used: "ref" }), annToBen(500n, conditions));
    next(stateOf({ ann: { transactionLimit: 1n } }), annToBen(500n, conditions));
    next(stateOf({ ann: { transactionLimit: 1n } }), annToBen(500n));
    next(stateOf(), annToBen(500n));
    expect(reasons).to.deep.equal([
      "ASSET_NOT_FOUND",
      "HOLDER_NOT_FOUND",
      "ASSET_FROZEN",
      "HOLDER_SUSPENDED",
      "WALLET_FROZEN",
      "DESTINATION_UNAVAILABLE",
      "DESTINATION_UNAVAILABLE",
      "EXTERNAL_REFERENCE_USED",
      "VERSION_MISMATCH",
      "LIMIT_EXCEEDED",
      "INSUFFICIENT_FUNDS",
    ]);
  });

  it("for funds names what is there, what was asked and what is missing, holds and floor counted", () => {
    const { metadata } = refusalOf(stateOf({ ann: { held: 30n, minBalance: 10n } }), annToBen(61n));
    expect(metadata).to.include({ available_units: "60", requested_units: "61", shortfall_units: "1" });
    expect(
      planCommand(stateOf({ ann: { held: 30n, minBalance: 10n } }), commandFor(annToBen(60n))).kind,
    ).to.equal("accepted");
  });

  it("for a version names the current one; of the credited wallet when it is a top-up", () => {
    const stale = refusalOf(stateOf(), annToBen(1n, { expectedVersion: 2n }));
    expect(stale.metadata).to.include({ expected_version: "2", current_version: "3" });
    const toBen = { ben: { version: 9n } };
    const topUp = (expectedVersion: bigint) => movementOf("TOP_UP", { to: "ben" }, 1n, { expectedVersion });
    expect(refusalOf(stateOf(toBen), topUp(3n)).metadata).to.include({ current_version: "9" });
    expect(planCommand(stateOf(toBen), commandFor(topUp(9n))).kind).to.equal("accepted");
  });

  it("for a version treats a wallet that does not exist as version 0", () => {
    const first = movementOf("TOP_UP", { to: "cay" }, 1n, { expectedVersion: 0n });
    expect(planCommand(stateOf(), commandFor(first)).kind).to.equal("accepted");
    expect(refusalOf(stateOf(), { ...first, expectedVersion: 1n }).metadata).to.include({
      current_version: "0",
    });
  });

  it("for room at the top of 64 bits names the wallet only to the one who speaks for it", () => {
    const full = { ben: { balance: amountMax - 5n } };
    const hidden = refusalOf(stateOf(full), annToBen(6n));
    expect({ reason: hidden.reason, metadata: hidden.metadata }).to.deep.equal({
      reason: "DESTINATION_UNAVAILABLE",
      metadata: {},
    });
    expect(refusalOf(stateOf(full), movementOf("TOP_UP", { to: "ben" }, 6n)).reason).to.equal(
      "BALANCE_OVERFLOW",
    );
    expect(planCommand(stateOf(full), commandFor(annToBen(5n))).kind).to.equal("accepted");
  });

  it("for room at the bottom of 64 bits comes even where there is no floor, waiver or not", () => {
    for (const floorWaiver of [0n, 10n]) {
      const bottom = { ann: { balance: balanceMin + 5n, minBalance: balanceMin, floorWaiver } };
      expect(refusalOf(stateOf(bottom), annToBen(6n)).reason).to.equal("BALANCE_OVERFLOW");
      expect(planCommand(stateOf(bottom), commandFor(annToBen(5n))).kind).to.equal("accepted");
    }
  });

  it("tells nothing of the other side but that it is unavailable", () => {
    for (const ben of [{ status: "FROZEN" }, { status: "CLOSED" }, { holderStatus: "SUSPENDED" }] as const) {
      const error = refusalOf(stateOf({ ben }), annToBen(1n));
      expect(error.reason).to.equal("DESTINATION_UNAVAILABLE");
      expect(error.metadata).to.deep.equal({});
      expect(error.message).not.to.match(/frozen|closed|suspended|ben/i);
    }
  });

  it("is recorded as a transaction, except for what names something that is not there", () => {
    const kept = planCommand(stateOf(), commandFor(annToBen(500n)));
    expect(kept.transaction).to.include({
      state: "REFUSED",
      refusedReason: "INSUFFICIENT_FUNDS",
      postTime: null,
    });
    const lost = planCommand(stateOf(), commandFor(movementOf("TRANSFER", { from: "ann", to: "who" }, 1n)));
    expect(lost.transaction).to.equal(null);
  });
});
