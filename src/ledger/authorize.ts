import { amountMax } from "./amount.js";
import type { Command } from "./command.js";
import type { Hold } from "./hold.js";
import { withHeld } from "./hold-rules.js";
import type { AuthorizeMovement } from "./movement.js";
import { type Accepted, unmoved } from "./plan.js";
import { postTimeOf } from "./post.js";
import { holderOf } from "./record.js";
import {
  checkAsset,
  checkReference,
  checkSubject,
  checkVersion,
  insufficientFunds,
  resolveWallet,
} from "./rules.js";
import type { LedgerState } from "./state.js";
import { floorOf, type Wallet } from "./wallet.js";
import { checkOutgoing } from "./wallet-limits.js";

/** Plans to set an amount of a wallet aside. */
export function planAuthorize(state: LedgerState, command: Command, movement: AuthorizeMovement): Accepted {
  const { asset, amount } = movement;
  const wallet = resolveWallet(state, asset, movement.wallet);
  checkAsset(state, asset);
  checkSubject(wallet);
  checkReference(state, command);
  checkVersion(wallet, movement.expectedVersion);
  checkOutgoing(state, wallet, amount);
  checkAvailable(wallet, amount);
  return {
    ...unmoved(command),
    wallets: [withHeld(wallet, amount, postTimeOf(state, [wallet]))],
    hold: newHold(state, command, movement),
  };
}

/** Whether this much can be set aside: no more than is available, and than 64 bits can hold. */
function checkAvailable(wallet: Wallet, amount: bigint): void {
  const available = wallet.balance - wallet.held - floorOf(wallet);
  const room = amountMax - wallet.held;
  for (const most of [available, room])
    if (amount > most) throw insufficientFunds(wallet, amount, amount - most);
}

function newHold(state: LedgerState, { claim }: Command, movement: AuthorizeMovement): Hold {
  return {
    id: claim.operationId,
    walletId: movement.wallet.walletId,
    asset: movement.asset,
    amount: movement.amount,
    captured: 0n,
    released: 0n,
    state: "ACTIVE",
    externalReference: movement.externalReference,
    description: movement.description,
    metadata: Object.fromEntries(movement.metadata),
    voidReason: "",
    initiatedBy: claim.caller,
    onBehalfOf: claim.forItself ? "" : holderOf(state, movement.wallet),
    requestId: claim.requestId,
    createTime: state.now,
    expireTime: state.now + movement.ttl,
    resolveTime: null,
  };
}
