import type { Claim, Movement } from "./movement.js";
import { type Touches, touchesOf } from "./touches.js";

/** A movement, the claim it travels under, and what it touches. */
export interface Command {
  readonly claim: Claim;
  readonly movement: Movement;
  readonly touches: Touches;
}

export function makeCommand(claim: Claim, movement: Movement): Command {
  return { claim, movement, touches: touchesOf(movement) };
}
