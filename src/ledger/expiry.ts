import type { Command } from "./command.js";
import { expired, type Hold, heldBy } from "./hold.js";
import { withHeld } from "./hold-rules.js";
import { type Accepted, unmoved } from "./plan.js";
import { postTimeOf } from "./post.js";
import type { LedgerState } from "./state.js";
import type { Wallet } from "./wallet.js";

/** A hold that expired and its wallet, both as they are right after its release. */
export interface Release {
  readonly hold: Hold;
  readonly wallet: Wallet;
}

/**
 * Releases holds whose time has run out, and moves the state on by that, before anything is planned on top of it.
 * What was read of a wallet the moment before agrees: readers leave such holds out.
 *
 * @param due ACTIVE holds of locked wallets, expired at `state.now`.
 */
export function releaseDue(
  state: Pick<LedgerState, "wallets" | "holds" | "now">,
  due: readonly Hold[],
): Release[] {
  return due.map((hold) => {
    const before = state.wallets.get(hold.walletId);
    if (before === undefined) throw new Error(`hold ${hold.id} is released without its wallet`);
    const release = {
      hold: expired(hold),
      wallet: withHeld(before, -heldBy(hold), postTimeOf(state, [before])),
    };
    state.wallets.set(release.wallet.id, release.wallet);
    state.holds.set(hold.id, release.hold);
    return release;
  });
}

/** The plan of the sweeper's command: what it asks for is done once its wallets are locked. */
export function planExpiry(command: Command): Accepted {
  return unmoved(command);
}
