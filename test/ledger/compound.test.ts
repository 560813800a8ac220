import { expect } from "chai";
import fc from "fast-check";
import { amountMax } from "../../src/ledger/amount.js";
import { legsOf } from "../../src/ledger/legs.js";
import { addressOfHolder, addressOfSystem, type Leg } from "../../src/ledger/movement.js";
import { type Accepted, applyPlan } from "../../src/ledger/plan.js";
import { planCommand } from "../../src/ledger/planner.js";
import { type LedgerState, referenceKey } from "../../src/ledger/state.js";
import {
  balanceOf,
  floorOf,
  systemRoles,
  systemWalletId,
  unopenedWallet,
  type Wallet,
} from "../../src/ledger/wallet.js";
import type { WalletError } from "../../src/ledger/wallet-error.js";
import {
  compoundArbitrary,
  compoundCommand,
  metals,
  metalsArbitrary,
} from "../support/compound-generators.js";
import { assetOf } from "../support/ledger-generators.js";

const batches = fc.array(compoundArbitrary, { minLength: 1, maxLength: 5 });

/** Plans random compound movements as a batch does; shows each accepted one with the state before and after it. */
function forEveryAccepted(look: (plan: Accepted, before: LedgerState, after: LedgerState) => void): void {
  let accepted = 0;
  const property = fc.property(metalsArbitrary, batches, (state, movements) => {
    for (const movement of movements) {
      const before = copyOf(state);
      const plan = planCommand(state, compoundCommand(movement));
      expect(state, "planning changes nothing").to.deep.equal(before);
      applyPlan(state, plan);
      if (plan.kind === "refused") expect(state, "a refusal changes nothing").to.deep.equal(before);
      else look(plan, before, state);
      if (plan.kind === "accepted") accepted++;
    }
  });
  fc.assert(property, { numRuns: 300 });
  expect(accepted, "enough are accepted to say something").to.be.greaterThan(100);
}

describe("a compound movement", () => {
  it("sums to zero for each asset when it is accepted, and changes nothing when it is refused", () => {
    forEveryAccepted(({ postings }) => {
      const sums = new Map<string, bigint>();
      for (const { asset, amount } of postings) sums.set(asset, (sums.get(asset) ?? 0n) + amount);
      expect([...sums.values()].every((sum) => sum === 0n)).to.equal(true);
    });
  });

  it("makes one posting for each leg and two for each exchange, in their order", () => {
    forEveryAccepted(({ command, postings }) => {
      const { movement } = command;
      if (movement.kind !== "compound") return expect.fail("only compound movements are generated");
      expect(postings.map(({ walletId, asset, amount }) => ({ walletId, asset, amount }))).to.deep.equal(
        legsOf(movement).map(({ address, asset, amount }) => ({ walletId: address.walletId, asset, amount })),
      );
      expect(postings.length).to.equal(movement.legs.length + 2 * movement.exchanges.length);
    });
  });

  it("leaves each wallet as its last posting says, above its floor and with no more of a waiver than it needs", () => {
    forEveryAccepted(({ postings, wallets }, before) => {
      expect(new Set(wallets.map(({ id }) => id)).size).to.equal(wallets.length);
      for (const wallet of wallets) {
        const ofWallet = postings.filter(({ walletId }) => walletId === wallet.id);
        const was = before.wallets.get(wallet.id) ?? unopenedWallet(wallet.id, wallet.asset, "", 0n);
        const change = ofWallet.reduce((sum, { amount }) => sum + amount, 0n);
        expect(wallet.balance).to.equal(was.balance + change);
        expect(wallet.version).to.equal(was.version + BigInt(ofWallet.length));
        const { balance: balanceAfter, postingSeq } = wallet;
        const availableAfter = balanceOf(wallet).available;
        expect(ofWallet.at(-1)).to.include({ balanceAfter, availableAfter, postingSeq });
        expect(wallet.balance >= floorOf(wallet), "what the database demands").to.equal(true);
        if (wallet.floorWaiver > 0n) expect(floorOf(wallet)).to.equal(wallet.balance);
      }
    });
  });

  it("moves nothing when it only validates", () => {
    forEveryAccepted(({ command }, before, after) => {
      if (command.movement.validateOnly) expect(after).to.deep.equal(before);
    });
  });

  it("keeps to the limits of every wallet that gives or takes", () => {
    forEveryAccepted(({ wallets, postings }) => {
      for (const { id, transactionLimit, maxBalance, balance } of wallets) {
        const amount = postings.find(({ walletId }) => walletId === id)?.amount ?? 0n;
        if (transactionLimit !== null) expect(-amount <= transactionLimit).to.equal(true);
        if (maxBalance !== null && amount > 0n) expect(balance <= maxBalance).to.equal(true);
      }
    });
  });

  it("has no one asset, amount, source or destination", () => {
    forEveryAccepted(({ transaction, command }) => {
      expect(transaction).to.include({
        type: "COMPOUND",
        state: "POSTED",
        asset: null,
        amount: null,
        sourceWalletId: null,
        destinationWalletId: null,
        id: command.claim.operationId,
      });
    });
  });
});

const leg = (person: string, amount: bigint, asset = "gold", expectedVersion: bigint | null = null): Leg => ({
  address: addressOfHolder(asset, person),
  asset,
  amount,
  expectedVersion,
});

/** ann, ben and cay have 100 gold each, changed as asked; eve is suspended and has no wallet yet. */
function stateOf(change: Record<string, Partial<Wallet>> = {}, frozen: string[] = []): LedgerState {
  const wallets = new Map<string, Wallet>();
  for (const person of ["ann", "ben", "cay"]) {
    const { walletId } = addressOfHolder("gold", person);
    const opened = { ...unopenedWallet(walletId, "gold", person, 0n), version: 1n, balance: 100n };
    wallets.set(walletId, { ...opened, ...change[person] });
  }
  for (const asset of metals)
    for (const role of systemRoles) {
      const id = systemWalletId(asset, role);
      const opened = { ...unopenedWallet(id, asset, "", 0n), holderId: null, systemRole: role, version: 1n };
      wallets.set(id, { ...opened, ...change[`${asset} ${role}`] });
    }
  return {
    assets: new Map(
      metals.map((code) => [code, assetOf(code, { status: frozen.includes(code) ? "FROZEN" : "ACTIVE" })]),
    ),
    wallets,
    holders: new Map([
      ["dot", "ACTIVE"],
      ["eve", "SUSPENDED"],
    ]),
    holds: new Map(),
    refundTotals: new Map(),
    jobs: new Map(),
    outgoing: new Map(),
    references: new Map([[referenceKey("gold", "COMPOUND", "used"), "theirs"]]),
    now: 1_000n,
  };
}

const plainMovement = {
  kind: "compound",
  exchanges: [],
  description: "",
  metadata: [],
  externalReference: "",
  validateOnly: false,
} as const;

function refusalOf(state: LedgerState, legs: readonly Leg[], externalReference = ""): WalletError {
  const plan = planCommand(state, compoundCommand({ ...plainMovement, legs, externalReference }));
  if (plan.kind === "accepted") return expect.fail("the movement was accepted");
  return plan.error;
}

describe("the refusal of a compound movement", () => {
  it("comes in one order, whichever legs the reasons are about and however they are ordered", () => {
    const steps: {
      legs: Leg[];
      change?: Record<string, Partial<Wallet>>;
      frozen?: string[];
      ref?: string;
    }[] = [];
    let legs: Leg[] = [leg("ann", -500n, "gold", 7n), leg("ben", 500n), leg("who", 1n, "lead")];
    const change: Record<string, Partial<Wallet>> = {
      ben: { status: "FROZEN" },
      cay: { status: "CLOSED" },
      ann: { transactionLimit: 1n },
    };
    const ghost: Leg = { ...leg("x", 1n), address: { walletId: "ghost", holderId: null } };
    const misfit: Leg = { ...leg("ann", 1n, "tin"), address: addressOfHolder("gold", "cay") };
    const add = (more: Leg[], also = {}) =>
      steps.push({ legs: [...legs, ...more], change, frozen: ["gold"], ref: "used", ...also });
    add([misfit, ghost, leg("who", 1n)]);
    legs = legs.slice(0, 2);
    add([misfit, ghost, leg("who", 1n)]);
    add([misfit, ghost]);
    add([misfit]);
    add([leg("cay", 1n), leg("eve", 1n)]);
    add([leg("cay", 1n), leg("eve", 1n)], { frozen: [] });
    add([leg("cay", 1n)], { frozen: [] });
    add([leg("cay", 1n)], { frozen: [], change: { ...change, ben: {} } });
    const ann = { ann: { transactionLimit: 1n } };
    add([], { frozen: [], change: ann });
    add([], { frozen: [], change: ann, ref: "" });
    legs = [leg("ann", -500n), leg("ben", 500n)];
    add([], { frozen: [], change: ann, ref: "" });
    add([], { frozen: [], change: {}, ref: "" });
    const expected = [
      "ASSET_NOT_FOUND",
      "HOLDER_NOT_FOUND",
      "WALLET_NOT_FOUND",
      "ASSET_MISMATCH",
      "ASSET_FROZEN",
      "HOLDER_SUSPENDED",
      "WALLET_FROZEN",
      "WALLET_CLOSED",
      "EXTERNAL_REFERENCE_USED",
      "VERSION_MISMATCH",
      "LIMIT_EXCEEDED",
      "INSUFFICIENT_FUNDS",
    ];
    for (const reversed of [false, true]) {
      const reasons = steps.map(({ legs, change, frozen, ref }) => {
        const ordered = reversed ? legs.toReversed() : legs;
        return refusalOf(stateOf(change, frozen), ordered, ref).reason;
      });
      expect(reasons).to.deep.equal(expected);
    }
  });

  it("for room names the wallet that has none left", () => {
    const full = { ben: { balance: amountMax - 5n }, ann: { minBalance: -1_000n } };
    const error = refusalOf(stateOf(full), [leg("ann", -6n), leg("ben", 6n)]);
    expect(error.reason).to.equal("BALANCE_OVERFLOW");
    expect(error.metadata).to.include({ wallet_id: addressOfHolder("gold", "ben").walletId });
  });

  it("for a ceiling names it, and for the funds of the system names its wallet", () => {
    const capped = refusalOf(stateOf({ ben: { maxBalance: 104n } }), [leg("ann", -5n), leg("ben", 5n)]);
    expect(capped.metadata).to.include({ limit: "max_balance", headroom_units: "4", requested_units: "5" });
    const gift = { address: addressOfSystem("gold", "PROMOTIONS"), asset: "gold", expectedVersion: null };
    const broke = refusalOf(stateOf(), [{ ...gift, amount: -5n }, leg("ben", 5n)]);
    expect(broke).to.deep.include({ reason: "INSUFFICIENT_FUNDS" });
    expect(broke.metadata.wallet_id).to.equal(systemWalletId("gold", "PROMOTIONS"));
  });

  it("is kept in the name of the one holder it is about, or of nobody when there are several", () => {
    const onBehalfOf = (legs: Leg[]) => {
      const plan = planCommand(stateOf(), compoundCommand({ ...plainMovement, legs }));
      return plan.transaction?.onBehalfOf;
    };
    const revenue = { address: addressOfSystem("gold", "REVENUE"), asset: "gold", expectedVersion: null };
    expect(onBehalfOf([leg("ann", -500n), { ...revenue, amount: 500n }])).to.equal("ann");
    expect(onBehalfOf([leg("ann", -500n), leg("ben", 500n)])).to.equal("");
    expect(onBehalfOf([leg("ann", -5n), { ...revenue, amount: 5n }])).to.equal("ann");
    expect(onBehalfOf([leg("ann", -5n), leg("ben", 5n)])).to.equal("");
  });
});

describe("the funds of an FX wallet", () => {
  const exchange = (soldAsset: string, sold: bigint, boughtAsset: string, bought: bigint) => ({
    soldAsset,
    sold,
    boughtAsset,
    bought,
    rate: "",
  });
  const promotions = (asset: string, amount: bigint): Leg => ({
    address: addressOfSystem(asset, amount > 0n ? "REVENUE" : "PROMOTIONS"),
    asset,
    amount,
    expectedVersion: null,
  });

  it("are counted over all exchanges of a movement together", () => {
    const rich = { "gold PROMOTIONS": { minBalance: -1_000n }, "tin PROMOTIONS": { minBalance: -1_000n } };
    const plan = (sold: bigint) =>
      planCommand(
        stateOf(rich),
        compoundCommand({
          ...plainMovement,
          // FX of gold receives `sold` and gives 30, though it gives before it has anything.
          exchanges: [exchange("tin", 10n, "gold", 30n), exchange("gold", sold, "tin", 10n)],
          legs: sold === 30n ? [] : [promotions("gold", 30n - sold)],
        }),
      );
    expect(plan(30n).kind).to.equal("accepted");
    expect(plan(31n).kind).to.equal("accepted");
    const short = plan(29n);
    if (short.kind === "accepted") return expect.fail("the FX wallet was overdrawn");
    expect(short.error.metadata).to.include({
      wallet_id: systemWalletId("gold", "FX"),
      shortfall_units: "1",
    });
  });
});

function copyOf(state: LedgerState): LedgerState {
  return {
    ...state,
    wallets: new Map(state.wallets),
    outgoing: new Map(state.outgoing),
    references: new Map(state.references),
  };
}
