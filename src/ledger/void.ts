import type { Command } from "./command.js";
import { heldBy, resolved } from "./hold.js";
import { checkActive, resolveHold, withHeld } from "./hold-rules.js";
import type { VoidMovement } from "./movement.js";
import { type Accepted, unmoved } from "./plan.js";
import { postTimeOf } from "./post.js";
import type { LedgerState } from "./state.js";

/**
 * Plans to end a hold and give back what was not captured. Whatever stops its wallet does not stop this: nothing
 * leaves the wallet by it.
 */
export function planVoid(state: LedgerState, command: Command, movement: VoidMovement): Accepted {
  const { hold, wallet } = resolveHold(state, movement);
  checkActive(hold);
  return {
    ...unmoved(command),
    wallets: [withHeld(wallet, -heldBy(hold), postTimeOf(state, [wallet]))],
    hold: { ...resolved(hold, "VOIDED", state.now), voidReason: movement.description },
  };
}
