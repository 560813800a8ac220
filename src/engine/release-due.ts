import { dueHolds, updateHolds } from "../db/hold-writes.js";
import { insertOutbox } from "../db/journal.js";
import { updateBalances } from "../db/wallet-writes.js";
import { releaseDue } from "../ledger/expiry.js";
import type { Wallet } from "../ledger/wallet.js";
import type { ActContext } from "./acts.js";
import { changedHolds, holdEvents } from "./hold-changes.js";

/**
 * Releases the holds of a locked wallet whose time has run out, as a batch does, so that an act finds the wallet as
 * readers see it. Returns the wallet after it.
 */
export async function releaseDueHolds({ session, now }: ActContext, wallet: Wallet): Promise<Wallet> {
  if (wallet.held === 0n) return wallet;
  const due = await dueHolds(session, [wallet.id], now);
  const wallets = new Map([[wallet.id, wallet]]);
  const released = releaseDue({ wallets, holds: new Map(), now }, due);
  const after = released.at(-1)?.wallet;
  if (after === undefined) return wallet;
  await Promise.all([
    updateBalances(session, [after]),
    updateHolds(session, changedHolds(released, [])),
    insertOutbox(session, holdEvents(released, [])),
  ]);
  return after;
}
