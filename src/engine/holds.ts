import { dueHolds, updateHolds } from "../db/hold-writes.js";
import { insertAudit, insertOutbox } from "../db/journal.js";
import { updateBalances } from "../db/wallet-writes.js";
import { releaseDue } from "../ledger/expiry.js";
import type { Wallet } from "../ledger/wallet.js";
import type { ActContext } from "./acts.js";
import { auditOfRelease } from "./audit-entries.js";
import { changedHolds, holdEvents } from "./hold-changes.js";

/**
 * Releases the expired holds of wallets that an act has locked, before it looks at them or changes them, as a batch
 * does with its own. An act that left them would answer with a balance that no read has.
 *
 * @returns the wallets, in the same order, as they are after that.
 */
export async function releaseExpired(
  { session, now }: Pick<ActContext, "session" | "now">,
  wallets: readonly Wallet[],
): Promise<Wallet[]> {
  const holding = wallets.filter(({ held }) => held > 0n).map(({ id }) => id);
  const due = holding.length === 0 ? [] : await dueHolds(session, holding, now);
  if (due.length === 0) return [...wallets];
  const state = { wallets: new Map(wallets.map((wallet) => [wallet.id, wallet])), holds: new Map(), now };
  const released = releaseDue(state, due);
  const after = wallets.map((wallet) => state.wallets.get(wallet.id) ?? wallet);
  await Promise.all([
    updateBalances(
      session,
      after.filter((wallet, index) => wallet !== wallets[index]),
    ),
    updateHolds(session, changedHolds(released, [])),
    insertOutbox(session, holdEvents(released, [])),
    insertAudit(session, released.map(auditOfRelease)),
  ]);
  return after;
}
