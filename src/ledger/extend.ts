import type { Command } from "./command.js";
import { checkActive, resolveHold } from "./hold-rules.js";
import type { ExtendMovement } from "./movement.js";
import { type Accepted, unmoved } from "./plan.js";
import { checkAsset, checkSubject } from "./rules.js";
import type { LedgerState } from "./state.js";

/** Plans to let a hold last longer. Its wallet stays as it is; a hold that lasts longer already does too. */
export function planExtend(state: LedgerState, command: Command, movement: ExtendMovement): Accepted {
  const { hold, wallet } = resolveHold(state, movement);
  checkActive(hold);
  checkAsset(state, hold.asset);
  checkSubject(wallet);
  const expireTime = state.now + movement.ttl;
  return {
    ...unmoved(command),
    hold: expireTime > hold.expireTime ? { ...hold, expireTime } : hold,
  };
}
