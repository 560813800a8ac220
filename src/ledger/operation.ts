import type { Command } from "./command.js";
import { type Accepted, unmoved } from "./plan.js";
import type { LedgerState } from "./state.js";

/** Plans to put a movement into the queue. Whether it can be made is found out when it is made. */
export function planEnqueue(state: LedgerState, command: Command): Accepted {
  return { ...unmoved(command), operation: { id: command.claim.operationId, createTime: state.now } };
}
