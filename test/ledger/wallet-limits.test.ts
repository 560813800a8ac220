import { expect } from "chai";
import { balanceMin } from "../../src/ledger/amount.js";
import type { SimpleMovement, SimpleType } from "../../src/ledger/movement.js";
import { applyPlan } from "../../src/ledger/plan.js";
import { planCommand } from "../../src/ledger/planner.js";
import type { LedgerState } from "../../src/ledger/state.js";
import {
  type Asset,
  holderWalletId,
  systemRoles,
  systemWalletId,
  unopenedWallet,
  type Wallet,
} from "../../src/ledger/wallet.js";
import { WalletError } from "../../src/ledger/wallet-error.js";
import { checkOutgoing } from "../../src/ledger/wallet-limits.js";
import { movementOf } from "../support/engine.js";
import { assetOf, commandFor } from "../support/ledger-generators.js";

interface Given {
  readonly asset?: Partial<Asset>;
  readonly ann?: Partial<Wallet>;
  readonly ben?: Partial<Wallet>;
  /** What has gone out of ann's wallet today. */
  readonly gone?: bigint;
}

const annsWallet = holderWalletId("gold", "ann");

/** A ledger in which ann and ben have 1,000 each, and the system wallets as much as anybody wants. */
function stateOf({ asset, ann, ben, gone = 0n }: Given): LedgerState {
  const opened = (id: string, owner: Partial<Wallet>): [string, Wallet] => [
    id,
    { ...unopenedWallet(id, "gold", "", 0n), version: 1n, balance: 1_000n, ...owner },
  ];
  return {
    assets: new Map([["gold", assetOf("gold", asset)]]),
    wallets: new Map([
      opened(annsWallet, { holderId: "ann", ...ann }),
      opened(holderWalletId("gold", "ben"), { holderId: "ben", ...ben }),
      ...systemRoles.map((systemRole) =>
        opened(systemWalletId("gold", systemRole), { holderId: null, systemRole, minBalance: balanceMin }),
      ),
    ]),
    holders: new Map(),
    holds: new Map(),
    refundTotals: new Map(),
    jobs: new Map(),
    outgoing: new Map([[annsWallet, gone]]),
    references: new Map(),
    now: 1_000n,
  };
}

const annToBen = (amount: bigint) => movementOf("TRANSFER", { from: "ann", to: "ben" }, amount);
const toAnn = (type: SimpleType, amount: bigint) => movementOf(type, { to: "ann" }, amount);

/** What a movement is refused with; null when it is let through. */
function refusal(state: LedgerState, movement: SimpleMovement): WalletError | null {
  const plan = planCommand(state, commandFor(movement));
  return plan.kind === "refused" ? plan.error : null;
}

/** Lets exactly this much through, and says of one unit more which limit stops it. */
function expectEdge(
  given: Given,
  make: (amount: bigint) => SimpleMovement,
  edge: bigint,
  limit: string,
): void {
  expect(refusal(stateOf(given), make(edge)), `${edge} under ${limit}`).to.equal(null);
  const error = refusal(stateOf(given), make(edge + 1n));
  expect(error?.reason).to.equal("LIMIT_EXCEEDED");
  expect(error?.metadata).to.deep.include({
    limit,
    requested_units: `${edge + 1n}`,
    headroom_units: `${edge}`,
    wallet_id: annsWallet,
    asset: "gold",
  });
}

describe("a limit", () => {
  it("of one transaction lets exactly as much through, of the wallet or of its asset", () => {
    expectEdge({ ann: { transactionLimit: 40n } }, annToBen, 40n, "transaction");
    expectEdge({ asset: { transactionLimit: 40n } }, annToBen, 40n, "asset_transaction");
  });

  it("of a day lets exactly as much through as today has left", () => {
    expectEdge({ ann: { dailyLimit: 100n }, gone: 70n }, annToBen, 30n, "daily");
    expectEdge({ asset: { dailyLimit: 100n }, gone: 70n }, annToBen, 30n, "asset_daily");
  });

  it("of a day counts what is held as gone", () => {
    expectEdge({ ann: { dailyLimit: 100n, held: 25n }, gone: 70n }, annToBen, 5n, "daily");
  });

  it("of a day that was lowered below what has gone leaves no headroom, and no less", () => {
    const error = refusal(stateOf({ ann: { dailyLimit: 50n }, gone: 70n }), annToBen(1n));
    expect(error?.metadata).to.deep.include({ limit: "daily", limit_units: "50", headroom_units: "0" });
  });

  it("that is tighter decides, whether it is the wallet's or the asset's", () => {
    expectEdge(
      { ann: { transactionLimit: 50n }, asset: { transactionLimit: 40n } },
      annToBen,
      40n,
      "asset_transaction",
    );
    expectEdge(
      { ann: { transactionLimit: 40n }, asset: { transactionLimit: 50n } },
      annToBen,
      40n,
      "transaction",
    );
    expectEdge({ ann: { dailyLimit: 50n }, asset: { dailyLimit: 60n }, gone: 20n }, annToBen, 30n, "daily");
    expectEdge(
      { ann: { dailyLimit: 60n }, asset: { dailyLimit: 50n }, gone: 20n },
      annToBen,
      30n,
      "asset_daily",
    );
  });

  it("of zero stops everything that goes out, and nothing that comes in", () => {
    const given = { ann: { transactionLimit: 0n, dailyLimit: 0n } };
    expect(refusal(stateOf(given), annToBen(1n))?.metadata).to.include({ limit: "transaction" });
    expect(refusal(stateOf(given), toAnn("TOP_UP", 1n))).to.equal(null);
  });

  it("holds for spends, transfers and withdrawals, not for adjustments", () => {
    const given = { ann: { transactionLimit: 1n, dailyLimit: 1n } };
    const out = (type: SimpleType) => refusal(stateOf(given), movementOf(type, { from: "ann" }, 2n))?.reason;
    expect(["SPEND", "WITHDRAWAL", "TRANSFER"].map((type) => out(type as SimpleType))).to.deep.equal([
      "LIMIT_EXCEEDED",
      "LIMIT_EXCEEDED",
      "LIMIT_EXCEEDED",
    ]);
    expect(out("ADJUSTMENT")).to.equal(undefined);
  });

  it("of an asset holds for holders' wallets, not for the system's", () => {
    const asset = { transactionLimit: 1n, dailyLimit: 1n };
    expect(refusal(stateOf({ asset }), toAnn("TOP_UP", 500n))).to.equal(null);
    const revenue = stateOf({ asset }).wallets.get(systemWalletId("gold", "REVENUE"));
    expect(() => revenue && checkOutgoing(stateOf({ asset }), revenue, 500n)).not.to.throw();
  });

  it("of a day counts each command of a batch for the ones after it", () => {
    const state = stateOf({ ann: { dailyLimit: 100n }, gone: 30n });
    const outcomes = [60n, 11n, 10n, 1n].map((amount) => {
      const plan = planCommand(state, commandFor(annToBen(amount)));
      applyPlan(state, plan);
      return plan.kind;
    });
    expect(outcomes).to.deep.equal(["accepted", "refused", "accepted", "refused"]);
    expect(state.outgoing.get(annsWallet)).to.equal(100n);
  });

  it("of a day is not used up by what only comes in, is refused, or is adjusted", () => {
    const state = stateOf({ ann: { dailyLimit: 100n } });
    const movements = [
      toAnn("TOP_UP", 5n),
      annToBen(101n),
      movementOf("ADJUSTMENT", { from: "ann" }, 7n),
      movementOf("TRANSFER", { from: "ben", to: "ann" }, 9n),
    ];
    for (const movement of movements) applyPlan(state, planCommand(state, commandFor(movement)));
    expect(state.outgoing.get(annsWallet)).to.equal(0n);
  });

  it("of a day is never taken for kept when what went out was not read", () => {
    const state = stateOf({ ann: { dailyLimit: 100n } });
    state.outgoing.clear();
    expect(() => planCommand(state, commandFor(annToBen(1n)))).to.throw(/was not read/);
  });
});

describe("a ceiling", () => {
  it("lets a wallet be filled to the unit, by top-up, bonus and adjustment", () => {
    for (const type of ["TOP_UP", "BONUS", "ADJUSTMENT"] as const)
      expectEdge({ ann: { maxBalance: 1_030n } }, (amount) => toAnn(type, amount), 30n, "max_balance");
  });

  it("below the balance takes nothing in and lets everything out", () => {
    const given = { ann: { maxBalance: 10n } };
    expect(refusal(stateOf(given), toAnn("TOP_UP", 1n))?.metadata).to.include({ headroom_units: "0" });
    expect(refusal(stateOf(given), annToBen(1_000n))).to.equal(null);
  });

  it("of the other side's wallet shows only as a destination that is unavailable", () => {
    const given = { ben: { maxBalance: 1_030n } };
    expect(refusal(stateOf(given), annToBen(30n))).to.equal(null);
    const error = refusal(stateOf(given), annToBen(31n));
    expect({ reason: error?.reason, metadata: error?.metadata }).to.deep.equal({
      reason: "DESTINATION_UNAVAILABLE",
      metadata: {},
    });
    expect(error?.message).not.to.match(/\d/);
  });
});

describe("a floor", () => {
  it("that is negative gives credit down to it, to the unit", () => {
    const given = { ann: { minBalance: -50n } };
    expect(refusal(stateOf(given), annToBen(1_050n))).to.equal(null);
    const error = refusal(stateOf(given), annToBen(1_051n));
    expect(error).to.be.instanceOf(WalletError);
    expect(error?.metadata).to.include({ available_units: "1050", shortfall_units: "1" });
  });

  it("that is positive keeps that much in the wallet", () => {
    const given = { ann: { minBalance: 300n } };
    expect(refusal(stateOf(given), annToBen(700n))).to.equal(null);
    expect(refusal(stateOf(given), annToBen(701n))?.reason).to.equal("INSUFFICIENT_FUNDS");
  });
});
