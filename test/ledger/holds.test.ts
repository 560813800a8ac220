import { expect } from "chai";
import fc from "fast-check";
import { makeCommand } from "../../src/ledger/command.js";
import { releaseDue } from "../../src/ledger/expiry.js";
import { heldBy, isDue } from "../../src/ledger/hold.js";
import { addressOfHolder, addressOfSystem, type Movement } from "../../src/ledger/movement.js";
import { applyPlan } from "../../src/ledger/plan.js";
import { planCommand } from "../../src/ledger/planner.js";
import type { LedgerState } from "../../src/ledger/state.js";
import { holderWalletId, systemWalletId, unopenedWallet, type Wallet } from "../../src/ledger/wallet.js";
import { claimOf } from "../support/engine.js";

/** What is done next, to which of the holds that there are, how much later, and with how many units. */
const step = fc.record({
  what: fc.constantFrom("authorize", "authorize", "capture", "capture all", "final", "void", "extend"),
  which: fc.nat(),
  later: fc.bigInt({ min: 0n, max: 20n }),
  units: fc.bigInt({ min: 1n, max: 60n }),
});

const alice = holderWalletId("gold", "alice");
const revenue = systemWalletId("gold", "REVENUE");
const terms = {
  externalReference: "",
  description: "",
  metadata: [],
  validateOnly: false,
  expectedVersion: null,
};

function startOf(): LedgerState {
  const wallet = (id: string): Wallet => ({ ...unopenedWallet(id, "gold", "alice", 0n), version: 1n });
  const asset = {
    code: "gold",
    name: "Gold",
    scale: 0,
    status: "ACTIVE",
    transactionLimit: null,
    dailyLimit: null,
    createTime: 0n,
    updateTime: 0n,
  } as const;
  return {
    assets: new Map([["gold", asset]]),
    wallets: new Map([
      [alice, { ...wallet(alice), balance: 100n }],
      [revenue, { ...wallet(revenue), holderId: null, systemRole: "REVENUE" }],
    ]),
    holders: new Map(),
    holds: new Map(),
    refundTotals: new Map(),
    jobs: new Map(),
    outgoing: new Map(),
    references: new Map(),
    now: 0n,
  };
}

function movementFor(
  state: LedgerState,
  { what, which, units }: { what: string; which: number; units: bigint },
): Movement {
  const hold = [...state.holds.values()][which % Math.max(1, state.holds.size)];
  const named = { holdId: hold?.id ?? "01900000-0000-7000-8000-000000000000", hold: hold ?? null, ...terms };
  if (what === "void") return { kind: "void", ...named };
  if (what === "extend") return { kind: "extend", ttl: units, ...named };
  if (what === "authorize")
    return {
      kind: "authorize",
      asset: "gold",
      amount: units,
      wallet: addressOfHolder("gold", "alice"),
      ttl: units,
      ...terms,
    };
  return {
    kind: "capture",
    amount: what === "capture all" ? null : units,
    assets: ["gold"],
    final: what === "final",
    splits: [{ wallet: addressOfSystem("gold", "REVENUE"), amount: null }],
    ...named,
  };
}

/** Runs random histories, each step planned as a batch plans it, and shows the state after it. */
function forEveryStep(
  look: (before: LedgerState, after: LedgerState, outcome: string) => void,
): Map<string, number> {
  const outcomes = new Map<string, number>();
  const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
    let state = startOf();
    for (const next of steps) {
      const before = { ...state, wallets: new Map(state.wallets), holds: new Map(state.holds) };
      state = { ...state, now: state.now + next.later };
      releaseDue(
        state,
        [...state.holds.values()].filter((hold) => isDue(hold, state.now)),
      );
      const movement = movementFor(state, next);
      const plan = planCommand(state, makeCommand(claimOf("history"), movement));
      applyPlan(state, plan);
      const outcome = plan.kind === "refused" ? plan.error.reason : movement.kind;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      look(before, state, outcome);
    }
  });
  fc.assert(property, { numRuns: 200 });
  return outcomes;
}

describe("a history of holds", () => {
  it("holds in the wallet what its open holds hold, and never more than there is", () => {
    const outcomes = forEveryStep((_, { wallets, holds }) => {
      const open = [...holds.values()].reduce((sum, hold) => sum + heldBy(hold), 0n);
      const wallet = wallets.get(alice);
      expect(wallet?.held).to.equal(open);
      expect((wallet?.balance ?? 0n) >= open).to.equal(true);
    });
    expect([...outcomes.keys()]).to.include.members([
      "authorize",
      "capture",
      "void",
      "extend",
      "INSUFFICIENT_FUNDS",
      "HOLD_NOT_FOUND",
      "HOLD_RESOLVED",
      "HOLD_EXPIRED",
      "HOLD_AMOUNT_EXCEEDED",
    ]);
  });

  it("moves what is captured and nothing else", () => {
    forEveryStep((_, { wallets, holds }) => {
      const captured = [...holds.values()].reduce((sum, hold) => sum + hold.captured, 0n);
      expect(wallets.get(alice)?.balance).to.equal(100n - captured);
      expect(wallets.get(revenue)?.balance).to.equal(captured);
    });
  });

  it("never changes a hold that was resolved, and resolves one in full", () => {
    forEveryStep((before, { holds, now }) => {
      for (const hold of holds.values()) {
        const earlier = before.holds.get(hold.id);
        if (earlier !== undefined && earlier.state !== "ACTIVE") expect(hold).to.equal(earlier);
        if (earlier !== undefined) expect(hold.expireTime >= earlier.expireTime).to.equal(true);
        if (hold.state === "ACTIVE") expect([hold.released, hold.resolveTime]).to.deep.equal([0n, null]);
        else expect(hold.captured + hold.released).to.equal(hold.amount);
        expect(isDue(hold, now), "a hold that is due is not left open").to.equal(false);
      }
    });
  });

  it("raises the wallet's version by one with each change of it", () => {
    forEveryStep((before, after) => {
      const [was, is] = [before.wallets.get(alice), after.wallets.get(alice)];
      const released = [...after.holds.values()].filter(
        ({ id, state }) => state === "EXPIRED" && before.holds.get(id)?.state === "ACTIVE",
      );
      const rest = (is?.version ?? 0n) - (was?.version ?? 0n) - BigInt(released.length);
      expect(rest === 0n || rest === 1n).to.equal(true);
      if (rest === 0n && released.length === 0) expect(is).to.deep.equal(was);
    });
  });
});
