import { expect } from "chai";
import { amountMax, balanceMin } from "../../src/ledger/amount.js";
import { makeCommand } from "../../src/ledger/command.js";
import type { SimpleMovement } from "../../src/ledger/movement.js";
import { planCommand } from "../../src/ledger/planner.js";
import { systemWalletId, type Wallet } from "../../src/ledger/wallet.js";
import { claimOf, freshKey, movementOf } from "../support/engine.js";
import { holderWallet, stateWith } from "../support/ledger-state.js";

/** The reason that a movement is refused for when these are the wallets, besides an empty TREASURY. */
function reasonOf(movement: SimpleMovement, wallets: readonly Wallet[]): string {
  const state = stateWith({});
  const treasury: Wallet = {
    ...holderWallet("gold", "", 0n),
    id: systemWalletId("gold", "TREASURY"),
    holderId: null,
    systemRole: "TREASURY",
  };
  for (const wallet of [...wallets, treasury]) state.wallets.set(wallet.id, wallet);
  const plan = planCommand(state, makeCommand(claimOf(freshKey()), movement));
  return plan.kind === "refused" ? plan.error.reason : "none";
}

describe("a movement at the ends of 64 bits", () => {
  it("names a receiver without room before a lack of funds, as its RPC lists them", () => {
    const transfer = movementOf("TRANSFER", { from: "alice", to: "bob" }, 2n);
    const empty = holderWallet("gold", "alice", 0n);
    expect(reasonOf(transfer, [empty, holderWallet("gold", "bob", amountMax)])).to.equal(
      "DESTINATION_UNAVAILABLE",
    );
    expect(reasonOf(transfer, [empty, holderWallet("gold", "bob", 0n)])).to.equal("INSUFFICIENT_FUNDS");
  });

  it("names a lack of funds in a wallet that a reversal let go as low as a balance can be", () => {
    const lowest = { ...holderWallet("gold", "alice", balanceMin), floorWaiver: amountMax };
    expect(reasonOf(movementOf("WITHDRAWAL", { from: "alice" }, 16n), [lowest])).to.equal(
      "INSUFFICIENT_FUNDS",
    );
  });
});
