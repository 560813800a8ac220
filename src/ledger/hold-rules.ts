import { shrinkWaiver } from "./floor-waiver.js";
import type { Hold } from "./hold.js";
import type { CaptureMovement, ExtendMovement, VoidMovement } from "./movement.js";
import type { LedgerState } from "./state.js";
import type { Wallet } from "./wallet.js";
import { WalletError } from "./wallet-error.js";

/**
 * The hold that a movement names, with its wallet.
 *
 * @throws HOLD_NOT_FOUND
 */
export function resolveHold(
  state: LedgerState,
  { holdId }: CaptureMovement | VoidMovement | ExtendMovement,
): { hold: Hold; wallet: Wallet } {
  const hold = state.holds.get(holdId);
  if (hold === undefined) throw holdNotFound(holdId);
  const wallet = state.wallets.get(hold.walletId);
  if (wallet === undefined) throw new Error(`hold ${hold.id} is planned without its wallet`);
  return { hold, wallet };
}

/**
 * Whether it still holds anything. A hold whose time has run out was released before planning began, so its state
 * tells.
 *
 * @throws HOLD_RESOLVED or HOLD_EXPIRED
 */
export function checkActive(hold: Hold): void {
  if (hold.state === "EXPIRED") throw holdExpired(hold);
  if (hold.state !== "ACTIVE") throw holdResolved(hold);
}

/**
 * The wallet after what it holds has changed; negative gives back, and takes away what is no longer needed of a waiver
 * of the floor. It is a change of its own: no posting tells it.
 */
export function withHeld(wallet: Wallet, change: bigint, time: bigint): Wallet {
  const changed = { ...wallet, held: wallet.held + change, version: wallet.version + 1n, updateTime: time };
  return change < 0n ? shrinkWaiver(changed) : changed;
}

export function holdNotFound(holdId: string): WalletError {
  return new WalletError("HOLD_NOT_FOUND", `There is no hold ${holdId}. ListHolds shows those there are.`, {
    metadata: { hold_id: holdId },
  });
}

function holdResolved({ id, state, asset, captured, released }: Hold): WalletError {
  return new WalletError(
    "HOLD_RESOLVED",
    `Hold ${id} is ${state}: ${captured} ${asset} were captured, ${released} released. Authorize a new one.`,
    {
      metadata: {
        hold_id: id,
        state,
        asset,
        captured_units: `${captured}`,
        released_units: `${released}`,
      },
    },
  );
}

function holdExpired({ id, asset, expireTime, released }: Hold): WalletError {
  const time = new Date(Number(expireTime / 1_000n)).toISOString();
  return new WalletError(
    "HOLD_EXPIRED",
    `Hold ${id} expired at ${time} and gave ${released} ${asset} back. Authorize a new one.`,
    { metadata: { hold_id: id, expire_time: time, asset, released_units: `${released}` } },
  );
}
